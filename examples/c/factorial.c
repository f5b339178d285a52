/* A driver in C99 for `edu`, the educational card: computes a factorial, waits for the interrupt, and lets the
   card copy memory.

       cc factorial.c $(pkg-config --cflags --libs openbar-c) -o factorial
       ./factorial sim:edu 10                 # or an address: 0000:00:04.0

   The registers are those of QEMU's docs/specs/edu.rst. */
#include <openbar/openbar.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { bar = 0, factorial = 0x08, status = 0x20, interrupt_status = 0x24, acknowledge = 0x64 };
enum { dma_source = 0x80, dma_destination = 0x88, dma_count = 0x90, dma_command = 0x98 };
enum { interrupt_when_done = 0x80, dma_run = 1, dma_from_card = 2 };
static const uint64_t card_memory = 0x40000; /* the card's buffer of 4 KiB, on its own bus */
static const uint64_t second = 1000000000;

/* Ends the program with the library's words. The system closes what is open. */
static void check(openbar_code code) {
    openbar_error error = {.struct_size = sizeof error};
    if (code == OPENBAR_OK) return;
    openbar_last_error(&error);
    fprintf(stderr, "%s\n", error.message);
    exit(1);
}

static uint64_t read_register(openbar_device card, uint64_t offset, uint32_t width) {
    uint64_t value = 0;
    check(openbar_read(card, bar, offset, width, &value));
    return value;
}

static void compute(openbar_device card, uint32_t number) {
    openbar_interrupt done;
    check(openbar_set_bus_master(card, 1)); /* messages and DMA are writes to memory */
    check(openbar_enable_vector(card, OPENBAR_BEST_KIND, 0, &done));
    check(openbar_write(card, bar, status, 4, interrupt_when_done));
    check(openbar_write(card, bar, factorial, 4, number));
    check(openbar_wait(done, 5 * second, NULL));
    check(openbar_write(card, bar, acknowledge, 4, read_register(card, interrupt_status, 4)));
    printf("%u! = %u\n", number, (unsigned)read_register(card, factorial, 4));
    check(openbar_write(card, bar, status, 4, 0));
    check(openbar_close(done));
}

/* One transfer between the card's buffer and memory; the card takes up to 100 ms. */
static void transfer(openbar_device card, uint64_t source, uint64_t destination, uint64_t size, uint64_t direction) {
    check(openbar_write(card, bar, dma_source, 8, source));
    check(openbar_write(card, bar, dma_destination, 8, destination));
    check(openbar_write(card, bar, dma_count, 8, size));
    openbar_sync_for_device();
    check(openbar_write(card, bar, dma_command, 8, dma_run | direction));
    while (read_register(card, dma_command, 8) & dma_run) {}
    openbar_sync_for_cpu();
}

static void copy_by_dma(openbar_device card) {
    static const char text[] = "copied twice by the card";
    openbar_dma_options options = {.struct_size = sizeof options, .highest_address = 0xfffffff};
    openbar_memory_info info = {.struct_size = sizeof info};
    openbar_memory memory;
    check(openbar_allocate_dma(card, 4096, &options, &memory));
    check(openbar_memory_get_info(memory, &info));
    memcpy(info.address, text, sizeof text);
    transfer(card, info.iova, card_memory, sizeof text, 0);
    transfer(card, card_memory, info.iova + 2048, sizeof text, dma_from_card);
    printf("%s\n", (const char*)info.address + 2048);
    check(openbar_close(memory));
}

int main(int count, char** arguments) {
    openbar_device card;
    check(openbar_open(count > 1 ? arguments[1] : "sim:edu", NULL, &card));
    compute(card, count > 2 ? (uint32_t)strtoul(arguments[2], NULL, 0) : 10);
    copy_by_dma(card);
    check(openbar_close(card));
    return 0;
}
