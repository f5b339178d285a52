/* The conformance run in C99: what a program in C expects of QEMU's `edu`, or of ours.

       conformance ADDRESS

   Prints a line for each check that the back end cannot make, and fails at the first wrong one. */
#include "openbar/openbar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    identification = 0x00, liveness = 0x04, factorial = 0x08, status = 0x20, interrupt_status = 0x24,
    raise = 0x60, acknowledge = 0x64, dma_source = 0x80, dma_destination = 0x88, dma_count = 0x90,
    dma_command = 0x98
};
static const uint64_t card_memory = 0x40000;
static const uint64_t second = 1000000000;
static openbar_device card;

static void fail(int line, const char* what) {
    openbar_error error = {.struct_size = sizeof error};
    openbar_last_error(&error);
    fprintf(stderr, "conformance.c:%d: %s\n  last error: %s\n", line, what, error.message);
    exit(1);
}
#define CHECK(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))
#define CHECK_CODE(code, call) CHECK((call) == (code))

static uint64_t get(uint64_t offset, uint32_t width) {
    uint64_t value = 0;
    CHECK_CODE(OPENBAR_OK, openbar_read(card, 0, offset, width, &value));
    return value;
}
static void set(uint64_t offset, uint32_t width, uint64_t value) {
    CHECK_CODE(OPENBAR_OK, openbar_write(card, 0, offset, width, value));
}
static int offers(uint32_t which) {
    openbar_capability capability = {.struct_size = sizeof capability};
    CHECK_CODE(OPENBAR_OK, openbar_device_get_capability(card, which, &capability));
    CHECK(capability.offered ? *capability.why_not == 0 : *capability.why_not != 0);
    if (!capability.offered) printf("skipped: capability %u: %s\n", which, capability.why_not);
    return (int)capability.offered;
}

static void check_identity(void) {
    openbar_device_info info = {.struct_size = sizeof info};
    uint32_t position;
    CHECK_CODE(OPENBAR_OK, openbar_device_get_info(card, &info));
    CHECK(info.is_pci && info.vendor_id == 0x1234 && info.device_id == 0x11e8);
    CHECK(info.region_count >= 1 && *info.address && *info.backend);
    for (position = 0; position < info.region_count; ++position) {
        openbar_region_info region = {.struct_size = sizeof region};
        CHECK_CODE(OPENBAR_OK, openbar_device_get_region(card, position, &region));
        CHECK(region.size > 0 && *region.name);
        CHECK((region.mappable_count == 0) == (*region.not_mappable_because != 0));
    }
}

static void check_registers(void) {
    static const uint32_t values[] = {0, 0xffffffff, 0x12345678, 0x80000001};
    uint32_t block[2] = {0, 0};
    uint64_t value = 0;
    size_t at;
    CHECK((get(identification, 4) & 0xff) == 0xed);
    for (at = 0; at < sizeof values / sizeof *values; ++at) {
        set(liveness, 4, values[at]);
        CHECK(get(liveness, 4) == (uint32_t)~values[at]);
    }
    CHECK_CODE(OPENBAR_OK, openbar_read_block(card, 0, 0, block, sizeof block, 4));
    CHECK(block[0] == get(identification, 4) && block[1] == get(liveness, 4));
    CHECK_CODE(OPENBAR_OUT_OF_RANGE, openbar_read(card, 0, 0x100000, 4, &value));
    CHECK_CODE(OPENBAR_OUT_OF_RANGE, openbar_read(card, 0, UINT64_MAX - 3, 4, &value));
    CHECK_CODE(OPENBAR_MISALIGNED, openbar_read(card, 0, 2, 4, &value));
    CHECK_CODE(OPENBAR_INVALID_ARGUMENT, openbar_read(card, 0, 0, 3, &value));
    CHECK_CODE(OPENBAR_NOT_FOUND, openbar_read(card, 5, 0, 4, &value));
    set(factorial, 4, 10);
    while (get(status, 4) & 1) {}
    CHECK(get(factorial, 4) == 3628800);
}

static void check_configuration(void) {
    openbar_pci_capability msi = {.struct_size = sizeof msi};
    uint32_t offset = 0, width = 0;
    uint64_t value = 0;
    if (!offers(OPENBAR_HAS_CONFIGURATION)) return;
    CHECK_CODE(OPENBAR_OK, openbar_find_configuration_register("vendor_id", &offset, &width));
    CHECK_CODE(OPENBAR_OK, openbar_read(card, OPENBAR_CONFIGURATION_REGION, offset, width, &value));
    CHECK(value == 0x1234);
    CHECK_CODE(OPENBAR_OK, openbar_find_pci_capability(card, 0x05, 0, &msi));
    CHECK(msi.offset >= 0x40 && strcmp(msi.name, "MSI") == 0);
}

static void check_mapping(void) {
    openbar_map_options options = {.struct_size = sizeof options, .offset = 8, .length = 0x20};
    openbar_mapping_info info = {.struct_size = sizeof info};
    openbar_mapping whole, part;
    volatile char* address;
    if (!offers(OPENBAR_CAN_MAP)) return;
    CHECK_CODE(OPENBAR_OK, openbar_map(card, 0, NULL, &whole));
    CHECK_CODE(OPENBAR_OK, openbar_mapping_get_info(whole, &info));
    address = (volatile char*)info.address;
    CHECK((openbar_load32(address + identification) & 0xff) == 0xed);
    openbar_store32(address + liveness, 0xcafe0123);
    CHECK(openbar_load32(address + liveness) == ~0xcafe0123u && get(liveness, 4) == ~0xcafe0123u);
    CHECK(*(volatile uint32_t*)(address + liveness) == ~0xcafe0123u);
    CHECK_CODE(OPENBAR_OK, openbar_map(card, 0, &options, &part));
    CHECK_CODE(OPENBAR_OK, openbar_mapping_get_info(part, &info));
    CHECK(info.size == 0x20 && info.region_offset == 8);
    CHECK(openbar_load32((volatile char*)info.address + status - 8) == get(status, 4));
    CHECK_CODE(OPENBAR_OK, openbar_mapping_status(whole));
    CHECK_CODE(OPENBAR_OK, openbar_close(part));
    CHECK_CODE(OPENBAR_OK, openbar_close(whole));
    options.offset = 4;
    CHECK_CODE(OPENBAR_MISALIGNED, openbar_map(card, 0, &options, &part));
}

static void check_one_kind(const openbar_vector_info* kind) {
    static const uint32_t causes[] = {0x1, 0x80, 0x40000000};
    openbar_interrupt vector, second_one;
    uint64_t count = 0;
    size_t at;
    CHECK_CODE(OPENBAR_OK, openbar_enable_vector(card, kind->kind, 0, &vector));
    CHECK_CODE(OPENBAR_BUSY, openbar_enable_vector(card, kind->kind, 0, &second_one));
    CHECK_CODE(OPENBAR_NOT_FOUND, openbar_enable_vector(card, kind->kind, kind->count, &second_one));
    for (at = 0; at < sizeof causes / sizeof *causes; ++at) {
        set(raise, 4, causes[at]);
        CHECK_CODE(OPENBAR_OK, openbar_wait(vector, 5 * second, &count));
        CHECK(count >= 1 && get(interrupt_status, 4) == causes[at]);
        set(acknowledge, 4, causes[at]);
        CHECK(get(interrupt_status, 4) == 0);
    }
    CHECK_CODE(OPENBAR_TIMED_OUT, openbar_wait(vector, second / 20, &count));
    CHECK_CODE(OPENBAR_TIMED_OUT, openbar_wait(vector, 0, NULL));
    CHECK_CODE(OPENBAR_OK, openbar_cancel(vector));
    CHECK_CODE(OPENBAR_CANCELLED, openbar_wait(vector, OPENBAR_NO_LIMIT, NULL));
    CHECK_CODE(OPENBAR_OK, openbar_close(vector));
}

static void check_interrupts(void) {
    openbar_device_info info = {.struct_size = sizeof info};
    uint32_t position;
    if (!offers(OPENBAR_HAS_INTERRUPTS)) return;
    CHECK_CODE(OPENBAR_OK, openbar_device_get_info(card, &info));
    openbar_set_bus_master(card, 1);
    set(acknowledge, 4, 0xffffffff);
    set(status, 4, 0);
    for (position = 0; position < info.vector_kind_count; ++position) {
        openbar_vector_info kind = {.struct_size = sizeof kind};
        CHECK_CODE(OPENBAR_OK, openbar_device_get_vectors(card, position, &kind));
        check_one_kind(&kind);
    }
}

static void transfer(uint64_t source, uint64_t destination, uint64_t size, uint64_t direction) {
    set(dma_source, 8, source);
    set(dma_destination, 8, destination);
    set(dma_count, 8, size);
    openbar_sync_for_device();
    set(dma_command, 8, 1 | direction);
    while (get(dma_command, 8) & 1) {}
    openbar_sync_for_cpu();
}

static void check_dma(void) {
    openbar_dma_options options = {.struct_size = sizeof options, .highest_address = 0xfffffff};
    openbar_memory_info info = {.struct_size = sizeof info};
    openbar_segment segment;
    openbar_memory memory;
    unsigned char* bytes;
    unsigned at;
    if (!offers(OPENBAR_HAS_DMA)) return;
    CHECK_CODE(OPENBAR_OK, openbar_set_bus_master(card, 1));
    CHECK_CODE(OPENBAR_OK, openbar_allocate_dma(card, 8192, &options, &memory));
    CHECK_CODE(OPENBAR_OK, openbar_memory_get_info(memory, &info));
    CHECK_CODE(OPENBAR_OK, openbar_memory_get_segment(memory, 0, &segment));
    CHECK(info.size == 8192 && info.iova == segment.iova && info.iova + 8191 <= 0xfffffff);
    bytes = (unsigned char*)info.address;
    for (at = 0; at < 1000; ++at) CHECK(bytes[at] == 0), bytes[at] = (unsigned char)(at * 7);
    transfer(info.iova, card_memory, 1000, 0);
    transfer(card_memory, info.iova + 4096, 1000, 2);
    CHECK(memcmp(bytes, bytes + 4096, 1000) == 0);
    CHECK_CODE(OPENBAR_OK, openbar_close(memory));
}

static void check_reset(void) {
    if (!offers(OPENBAR_CAN_RESET)) return;
    CHECK_CODE(OPENBAR_OK, openbar_reset(card));
    CHECK((get(identification, 4) & 0xff) == 0xed);
}

int main(int count, char** arguments) {
    if (count != 2) return fprintf(stderr, "usage: %s ADDRESS\n", arguments[0]), 2;
    CHECK_CODE(OPENBAR_OK, openbar_open(arguments[1], NULL, &card));
    check_identity();
    check_registers();
    check_configuration();
    check_mapping();
    check_interrupts();
    check_dma();
    check_reset();
    CHECK_CODE(OPENBAR_OK, openbar_close(card));
    CHECK_CODE(OPENBAR_INVALID_ARGUMENT, openbar_close(card));
    printf("conforms: %s through openbar %s\n", arguments[1], openbar_version());
    return 0;
}
