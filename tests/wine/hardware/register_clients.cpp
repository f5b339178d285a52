#include "tests/wine/hardware/register_clients.hpp"

#include "tests/wine/hardware/card_host.hpp"
#include "tests/wine/hardware/client_table.hpp"
#include "tests/wine/hardware/foreign_process.hpp"

#include <windows.h>

#include <algorithm>

namespace openbar::hardware {
namespace {

/// Into a process whose threads may all be waiting: a separate thread loads it. Wine has
/// kernel32.dll at one address in all processes.
bool load_this_library(HANDLE process) {
    std::wstring path(MAX_PATH, L'\0');
    HMODULE own = nullptr;
    GetModuleHandleExW(
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
        reinterpret_cast<const wchar_t*>(&load_this_library), &own);
    path.resize(GetModuleFileNameW(own, path.data(), MAX_PATH));
    const SIZE_T size = (path.size() + 1) * sizeof(wchar_t);
    void* theirs = VirtualAllocEx(process, nullptr, size, MEM_COMMIT, PAGE_READWRITE);
    if (theirs == nullptr) return false;
    WriteProcessMemory(process, theirs, path.c_str(), size, nullptr);
    auto* load = reinterpret_cast<LPTHREAD_START_ROUTINE>(
        reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "LoadLibraryW")));
    HANDLE thread = CreateRemoteThread(process, nullptr, 0, load, theirs, 0, nullptr);
    DWORD module = 0;
    if (thread != nullptr) {
        WaitForSingleObject(thread, INFINITE);
        GetExitCodeThread(thread, &module);
        CloseHandle(thread);
    }
    VirtualFreeEx(process, theirs, 0, MEM_RELEASE);
    return module != 0;
}

}  // namespace

struct RegisterClients::Client {
    explicit Client(std::uint32_t number)
        : process(OpenProcess(SYNCHRONIZE, FALSE, number)),
          section(CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0,
                                     sizeof(ClientTable),
                                     client_object_name(number, L"table").c_str())),
          table(static_cast<ClientTable*>(MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0))),
          asked(CreateEventW(nullptr, FALSE, FALSE, client_object_name(number, L"asked").c_str())),
          answered(CreateEventW(nullptr, FALSE, FALSE,
                                client_object_name(number, L"answered").c_str())) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() {
        UnmapViewOfFile(table);
        for (HANDLE handle : {process, section, asked, answered})
            if (handle != nullptr) CloseHandle(handle);
    }

    HANDLE process;
    HANDLE section;
    ClientTable* table;
    HANDLE asked;
    HANDLE answered;
};

/// Made when a process maps registers for the first time; with `lock_` held.
std::shared_ptr<RegisterClients::Client> RegisterClients::client(std::uint32_t process) {
    if (const auto known = clients_.find(process); known != clients_.end()) return known->second;
    auto made = std::make_shared<Client>(process);
    if (made->process == nullptr || made->table == nullptr) return nullptr;
    const auto loaded = in_process<bool>(process, load_this_library);
    if (!loaded || !*loaded) return nullptr;
    clients_.emplace(process, made);
    start_detached_thread([this, process, made] {
        serve(*made);
        std::lock_guard held(lock_);
        unknown_instructions_ += made->table->unknown_instructions;
        clients_.erase(process);
    });
    return made;
}

/// Until the process ends.
void RegisterClients::serve(const Client& client) {
    HANDLE either[] = {client.asked, client.process};
    while (WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0) {
        ClientTable& table = *client.table;
        if (table.store != 0)
            card_.write_register(table.offset, table.width, table.value);
        else
            table.value = card_.read_register(table.offset, table.width);
        SetEvent(client.answered);
    }
}

long RegisterClients::map(std::uint32_t process, std::uint64_t offset, std::uint64_t length,
                          std::uint64_t wanted, std::uint64_t& mapped) {
    std::lock_guard held(lock_);
    const auto theirs = client(process);
    if (theirs == nullptr) return no_process;
    auto& views = theirs->table->views;
    const auto free = std::ranges::find_if(views, [](const auto& view) { return view.base == 0; });
    if (free == views.end()) return no_room;
    const std::uint64_t within = offset % granularity;
    const auto base = in_process<void*>(process, [=](HANDLE handle) {
        return VirtualAllocEx(handle, reinterpret_cast<void*>(wanted != 0 ? wanted - within : 0),
                              within + length, MEM_RESERVE, PAGE_NOACCESS);
    });
    if (!base) return no_process;
    if (*base == nullptr) return no_room;
    mapped = reinterpret_cast<std::uint64_t>(*base) + within;
    free->length = length;
    free->offset = offset;
    free->base = mapped;
    return 0;
}

void RegisterClients::unmap(std::uint32_t process, std::uint64_t mapped) {
    std::lock_guard held(lock_);
    if (const auto theirs = clients_.find(process); theirs != clients_.end())
        for (auto& view : theirs->second->table->views)
            if (view.base == mapped) view.base = 0;
    in_process<BOOL>(process, [=](HANDLE handle) {
        return VirtualFreeEx(handle, reinterpret_cast<void*>(mapped & ~(granularity - 1)), 0,
                             MEM_RELEASE);
    });
}

std::uint32_t RegisterClients::unknown_instructions() {
    std::lock_guard held(lock_);
    std::uint32_t count = unknown_instructions_;
    for (const auto& [process, theirs] : clients_) count += theirs->table->unknown_instructions;
    return count;
}

}  // namespace openbar::hardware
