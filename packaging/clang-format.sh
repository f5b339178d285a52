# Which clang-format lays the source out. To be sourced: `other_clang_format` says why the one here does not, or
# nothing. Each version lays some files out in another way, and Debian 13 has only newer ones.
other_clang_format=
if [[ $(clang-format --version) != *"version 14."* ]]; then
    other_clang_format="clang-format 14, Debian 12's, lays the source out, and this is $(clang-format --version)"
fi
