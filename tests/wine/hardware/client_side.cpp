// In a program that has the card's registers mapped: each of its accesses there traps, and is done
// by the model in the driver's host. Here is what this library does when it is loaded into the
// program; in the driver's host there is no table of that name.
#include "tests/wine/hardware/client_table.hpp"
#include "tests/wine/hardware/trapped_access.hpp"
#include "tests/wine/hardware/win32_threads.hpp"

namespace openbar::hardware {
namespace {

class ClientSide {
public:
    ClientSide() {
        const std::uint32_t process = GetCurrentProcessId();
        HANDLE section = OpenFileMappingW(FILE_MAP_ALL_ACCESS, FALSE,
                                          client_object_name(process, L"table").c_str());
        if (section == nullptr) return;
        table_ = static_cast<ClientTable*>(MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0));
        CloseHandle(section);
        constexpr DWORD access = EVENT_MODIFY_STATE | SYNCHRONIZE;
        asked_ = OpenEventW(access, FALSE, client_object_name(process, L"asked").c_str());
        answered_ = OpenEventW(access, FALSE, client_object_name(process, L"answered").c_str());
        if (table_ != nullptr && asked_ != nullptr && answered_ != nullptr)
            AddVectoredExceptionHandler(1, on_exception);
    }

private:
    struct Register {
        ClientSide& client;
        std::uint64_t offset;

        std::uint64_t read(unsigned width) { return client.ask(offset, width, false, 0); }
        void write(unsigned width, std::uint64_t value) { client.ask(offset, width, true, value); }
    };

    static LONG NTAPI on_exception(EXCEPTION_POINTERS* exception);

    bool emulate(CONTEXT& context, std::uint64_t address) {
        for (const ClientTable::View& view : table_->views) {
            const std::uint64_t base = view.base;
            if (base == 0 || address < base || address - base >= view.length) continue;
            const auto access =
                TrappedAccess::decode(reinterpret_cast<const std::uint8_t*>(context.Rip));
            if (!access) {
                ++table_->unknown_instructions;
                return false;
            }
            access->perform(context, Register{*this, view.offset + (address - base)});
            return true;
        }
        return false;
    }

    std::uint64_t ask(std::uint64_t offset, unsigned width, bool store, std::uint64_t value) {
        std::lock_guard held(turn_);
        table_->offset = offset;
        table_->width = width;
        table_->store = store ? 1 : 0;
        table_->value = value;
        SetEvent(asked_);
        WaitForSingleObject(answered_, INFINITE);
        return table_->value;
    }

    ClientTable* table_ = nullptr;
    HANDLE asked_ = nullptr;
    HANDLE answered_ = nullptr;
    Mutex turn_;
};

ClientSide client_side;

LONG NTAPI ClientSide::on_exception(EXCEPTION_POINTERS* exception) {
    const EXCEPTION_RECORD& record = *exception->ExceptionRecord;
    if (record.ExceptionCode != static_cast<DWORD>(STATUS_ACCESS_VIOLATION))
        return EXCEPTION_CONTINUE_SEARCH;
    // The program's own error code is not the card's business.
    const DWORD error = GetLastError();
    const bool done =
        client_side.emulate(*exception->ContextRecord, record.ExceptionInformation[1]);
    SetLastError(error);
    return done ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

}  // namespace
}  // namespace openbar::hardware
