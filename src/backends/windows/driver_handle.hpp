/// One device of openbar.sys, opened: requests of the contract, and what they answer.
///
///     auto driver = DriverHandle::open(path, DriverHandle::Access::full);
///     auto asked = prepared<openbar_switch>();
///     asked.on = 1;
///     if (auto error = driver->call(OPENBAR_IOCTL_BUS_MASTER, asked)) …      // GetLastError's
///
/// Thread-safe: each call waits for its own completion.
#pragma once

#include "openbar/result.hpp"

#include "backends/windows/owned_handle.hpp"
#include "backends/windows/status.hpp"
#include "device/backend.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace openbar::windows {

/// A structure of the contract that begins with a header, cleared.
template <typename Structure>
[[nodiscard]] Structure prepared() {
    Structure structure{};
    openbar_prepare(&structure.header, sizeof structure);
    return structure;
}

class DriverHandle {
public:
    enum class Access {
        look,  ///< describe only: nothing that changes the device's state, reading it included
        full
    };

    /// Opens an interface path and agrees on the contract's version.
    /// Errors: not_found; permission_denied; unsupported (a driver of another version).
    [[nodiscard]] static Result<DriverHandle> open(const std::string& path, Access access);

    /// What the driver says of the device at a path, which it wakes for this; nothing where this
    /// user may not open it.
    [[nodiscard]] static std::optional<openbar_description> look_at(const std::string& path);

    [[nodiscard]] HANDLE get() const noexcept { return handle_.get(); }

    /// 0, or what GetLastError gives for the driver's status.
    SystemError call(std::uint32_t code, const void* input, std::size_t input_size,
                     void* output = nullptr, std::size_t output_size = 0) const;
    template <typename Input>
    SystemError call(std::uint32_t code, const Input& input) const {
        return call(code, &input, sizeof input);
    }
    template <typename Input, typename Output>
    SystemError call(std::uint32_t code, const Input& input, Output& output) const {
        return call(code, &input, sizeof input, &output, sizeof output);
    }
    /// A request about one object of this handle.
    SystemError call_object(std::uint32_t code, std::uint64_t object) const;

    [[nodiscard]] Result<openbar_description> describe() const;

private:
    explicit DriverHandle(OwnedHandle handle) noexcept : handle_(std::move(handle)) {}

    OwnedHandle handle_;
};

/// Something that the driver holds for its handle. Its destructor gives it back, with the request
/// `code`, and then lets go of the back end.
class DriverObject {
public:
    DriverObject(std::shared_ptr<const Backend> keeps, const DriverHandle& driver,
                 std::uint32_t code, std::uint64_t object) noexcept
        : keeps_(std::move(keeps)), driver_(driver), code_(code), object_(object) {}
    DriverObject(const DriverObject&) = delete;
    DriverObject& operator=(const DriverObject&) = delete;
    // Fails only where the driver has taken it back already.
    ~DriverObject() { driver_.call_object(code_, object_); }

private:
    std::shared_ptr<const Backend> keeps_;
    const DriverHandle& driver_;
    std::uint32_t code_;
    std::uint64_t object_;
};

}  // namespace openbar::windows
