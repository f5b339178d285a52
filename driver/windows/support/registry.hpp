/// Numbers that the administrator set in the registry.
///
///     ULONG most = RegistryKey(*service_path).number(literal(L"MaximumSize"), 65536);
///
/// PASSIVE_LEVEL.
#pragma once

#include "driver/windows/support/unicode_string.hpp"

namespace openbar::windows {

/// An open registry key, closed with the scope.
class RegistryKey {
public:
    explicit RegistryKey(UNICODE_STRING path) {
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                                   nullptr, nullptr);
        if (!NT_SUCCESS(ZwOpenKey(&key_, KEY_QUERY_VALUE, &attributes))) key_ = nullptr;
    }
    explicit RegistryKey(HANDLE key) : key_(key) {}
    RegistryKey(const RegistryKey&) = delete;
    RegistryKey& operator=(const RegistryKey&) = delete;
    ~RegistryKey() {
        if (key_ != nullptr) ZwClose(key_);
    }

    /// The REG_DWORD of that name, or `otherwise` where there is none or it is of another type.
    [[nodiscard]] ULONG number(UNICODE_STRING name, ULONG otherwise) const {
        if (key_ == nullptr) return otherwise;
        alignas(KEY_VALUE_PARTIAL_INFORMATION)
            std::uint8_t memory[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
        ULONG length = 0;
        if (!NT_SUCCESS(ZwQueryValueKey(key_, &name, KeyValuePartialInformation, memory,
                                        sizeof memory, &length)))
            return otherwise;
        const auto* value = reinterpret_cast<const KEY_VALUE_PARTIAL_INFORMATION*>(memory);
        if (value->Type != REG_DWORD || value->DataLength != sizeof(ULONG)) return otherwise;
        ULONG number = 0;
        RtlCopyMemory(&number, value->Data, sizeof number);
        return number;
    }

private:
    HANDLE key_ = nullptr;
};

}  // namespace openbar::windows
