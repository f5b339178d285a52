// What `./dev demo` runs: the same two stories, on whichever cards it is given.
//
//     openbar_demo sim:edu sim:82540em
//     openbar_demo 0000:00:04.0 0000:00:05.0
//     openbar_demo 0000:00:04.0                      the first story only
#include "demo/story.hpp"

#include <cstdio>
#include <string>

int main(int count, char** arguments) {
    if (count != 2 && count != 3) {
        std::fputs("usage: openbar_demo EDU-DEVICE [82540EM-DEVICE]\n", stderr);
        return 2;
    }
    const bool edu = openbar::demo::tell_edu(arguments[1]);
    const bool ethernet = count == 2 || openbar::demo::tell_ethernet(arguments[2]);
    return edu && ethernet ? 0 : 1;
}
