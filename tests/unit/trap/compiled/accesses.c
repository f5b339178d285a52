#include "accesses.h"

#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

#define AT(type, offset) (*(volatile type*)((u8*)memory + (offset)))
#define KEEP(value)                                          \
    do {                                                     \
        __typeof__(value) kept_ = (value);                   \
        memcpy(results, &kept_, sizeof kept_);               \
        results += sizeof kept_;                             \
    } while (0)
#define CASE(name) static void name(void* memory, unsigned char* results)
#define END (void)memory, (void)results

/* Of each type: what a driver writes. */
#define PLAIN(type)                                                                        \
    CASE(load_##type) { KEEP(AT(type, 0x10)); END; }                                       \
    CASE(store_##type) { AT(type, 0x18) = (type)0x5aa5c33c12345678; END; }                 \
    CASE(store_zero_##type) { AT(type, 0x20) = 0; END; }                                   \
    CASE(store_variable_##type) { AT(type, 0x20) = (type)results[7]; END; }                \
    CASE(widened_##type) { KEEP((i64)AT(type, 0x28)); KEEP((u64)AT(type, 0x30)); END; }    \
    CASE(narrowed_##type) { KEEP((u8)AT(type, 0x28)); KEEP((u16)AT(type, 0x30)); END; }    \
    CASE(or_##type) { AT(type, 0x38) |= 0x10; AT(type, 0x40) |= (type)results[3]; END; }   \
    CASE(and_##type) { AT(type, 0x48) &= 0x3f; AT(type, 0x50) &= (type)~results[3]; END; } \
    CASE(xor_##type) { AT(type, 0x58) ^= 0x7f; AT(type, 0x60) ^= (type)results[3]; END; }  \
    CASE(add_##type) { AT(type, 0x68) += 5; AT(type, 0x70) += (type)results[2]; END; }     \
    CASE(subtract_##type) { AT(type, 0x68) -= 5; AT(type, 0x70) -= (type)results[2]; END; } \
    CASE(shift_##type)                                                                     \
    {                                                                                      \
        AT(type, 0x78) <<= 2;                                                              \
        AT(type, 0x80) >>= 3;                                                              \
        AT(type, 0x88) <<= results[1] & 7;                                                 \
        AT(type, 0x90) >>= results[1] & 7;                                                 \
        END;                                                                               \
    }                                                                                      \
    CASE(multiply_##type) { AT(type, 0x98) *= 7; KEEP((type)(AT(type, 0xa0) * 3)); END; }  \
    CASE(divide_##type)                                                                    \
    {                                                                                      \
        KEEP((type)(AT(type, 0xa8) / 7));                                                  \
        KEEP((type)((type)100 / (type)(AT(type, 0xb0) | 1)));                              \
        KEEP((type)(AT(type, 0xa8) % 10));                                                 \
        END;                                                                               \
    }                                                                                      \
    CASE(step_##type)                                                                      \
    {                                                                                      \
        ++AT(type, 0xb8);                                                                  \
        --AT(type, 0xc0);                                                                  \
        KEEP(AT(type, 0xc8)++);                                                            \
        KEEP((type)(~AT(type, 0xd0)));                                                     \
        KEEP((type)(-AT(type, 0xd8)));                                                     \
        AT(type, 0xe0) = (type)~AT(type, 0xe0);                                            \
        AT(type, 0xe8) = (type)-AT(type, 0xe8);                                            \
        END;                                                                               \
    }                                                                                      \
    CASE(compare_##type)                                                                   \
    {                                                                                      \
        KEEP((int)(AT(type, 0x10) < AT(type, 0x18)));                                      \
        KEEP((int)(AT(type, 0x10) == 0x11));                                               \
        KEEP((int)!AT(type, 0x20));                                                        \
        KEEP((int)((AT(type, 0x28) & 0x8) != 0));                                          \
        if (AT(type, 0x30) & 0x40) KEEP(1);                                                \
        while (AT(type, 0x38) != 3) AT(type, 0x38) = 3;                                    \
        switch (AT(type, 0x40) & 7) {                                                      \
            case 0: KEEP(10); break;                                                       \
            case 1: KEEP(11); break;                                                       \
            case 2: KEEP(12); break;                                                       \
            case 5: KEEP(15); break;                                                       \
            default: KEEP(19); break;                                                      \
        }                                                                                  \
        AT(u8, 0x100) = AT(type, 0x48) > 5;                                                \
        KEEP(AT(type, 0x50) > 5 ? AT(type, 0x58) : AT(type, 0x60));                        \
        END;                                                                               \
    }                                                                                      \
    CASE(copy_##type) { AT(type, 0x108) = AT(type, 0x110); END; }                          \
    CASE(array_##type)                                                                     \
    {                                                                                      \
        u64 sum = 0;                                                                       \
        for (unsigned i = 0; i < 37; ++i) sum += (u64)(&AT(type, 0x200))[i];               \
        for (unsigned i = 0; i < 21; ++i) (&AT(type, 0x400))[i] = (type)(i * 3);           \
        KEEP(sum);                                                                         \
        KEEP((&AT(type, 0x200))[results[5] & 31]);                                         \
        END;                                                                               \
    }                                                                                      \
    CASE(atomic_##type)                                                                    \
    {                                                                                      \
        type* field = (type*)((u8*)memory + 0x120);                                        \
        type expected = 1;                                                                 \
        KEEP(__atomic_fetch_add(field, (type)3, __ATOMIC_SEQ_CST));                        \
        KEEP(__atomic_fetch_sub(field, (type)1, __ATOMIC_SEQ_CST));                        \
        KEEP(__atomic_fetch_or(field, (type)0x20, __ATOMIC_SEQ_CST));                      \
        KEEP(__atomic_fetch_and(field, (type)0x6f, __ATOMIC_SEQ_CST));                     \
        KEEP(__atomic_fetch_xor(field, (type)0x11, __ATOMIC_SEQ_CST));                     \
        KEEP(__atomic_exchange_n(field, (type)9, __ATOMIC_SEQ_CST));                       \
        __atomic_or_fetch(field, (type)2, __ATOMIC_RELAXED);                               \
        __atomic_store_n(field + 1, (type)4, __ATOMIC_SEQ_CST);                            \
        KEEP(__atomic_load_n(field + 1, __ATOMIC_SEQ_CST));                                \
        KEEP((int)__atomic_compare_exchange_n(field, &expected, (type)8, 0, __ATOMIC_SEQ_CST, \
                                              __ATOMIC_SEQ_CST));                          \
        KEEP(expected);                                                                    \
        KEEP((int)__atomic_compare_exchange_n(field, &expected, (type)8, 0, __ATOMIC_SEQ_CST, \
                                              __ATOMIC_SEQ_CST));                          \
        KEEP((int)((__atomic_fetch_or(field, (type)4, __ATOMIC_SEQ_CST) & 4) != 0));       \
        KEEP((int)((__atomic_fetch_and(field, (type)~4, __ATOMIC_SEQ_CST) & 4) != 0));     \
        END;                                                                               \
    }

PLAIN(u8)
PLAIN(u16)
PLAIN(u32)
PLAIN(u64)
PLAIN(i8)
PLAIN(i16)
PLAIN(i32)
PLAIN(i64)

#define FLOATS(type)                                                       \
    CASE(arithmetic_##type)                                                \
    {                                                                      \
        AT(type, 0x10) = (type)1.5;                                        \
        AT(type, 0x18) = (type)AT(i32, 0x40);                              \
        AT(type, 0x10) += (type)2.25;                                      \
        AT(type, 0x10) *= AT(type, 0x18);                                  \
        AT(i32, 0x20) = (i32)(AT(type, 0x10) * (type)1e-6);                \
        KEEP((type)(AT(type, 0x10) / (type)3));                            \
        KEEP((int)(AT(type, 0x10) < (type)4));                             \
        KEEP((double)AT(type, 0x10));                                      \
        KEEP((float)AT(type, 0x10));                                       \
        END;                                                               \
    }
FLOATS(float)
FLOATS(double)

typedef long double extended;
CASE(arithmetic_extended) {
    AT(extended, 0x10) = 1.5L;
    AT(extended, 0x10) += AT(i16, 0x40);
    KEEP((double)AT(extended, 0x10));
    KEEP((double)(AT(float, 0x10) + AT(double, 0x18) * 0));
    END;
}

CASE(truth) {
    AT(_Bool, 0x10) = 1;
    KEEP((int)AT(_Bool, 0x10));
    AT(_Bool, 0x11) = !AT(_Bool, 0x10);
    END;
}

struct fields {
    u32 low : 4, middle : 12, high : 16;
    u16 small : 3, rest : 13;
    u8 one : 1, seven : 7;
    u64 wide : 40;
};
CASE(bit_fields) {
    volatile struct fields* fields = (volatile struct fields*)((u8*)memory + 0x40);
    fields->low = 5;
    fields->middle |= 0x81;
    fields->high += 1;
    fields->small = 2;
    fields->one ^= 1;
    fields->wide = 0x1234567890;
    KEEP((u32)fields->middle);
    KEEP((u32)fields->rest);
    KEEP((u64)fields->wide);
    END;
}

struct block {
    u64 words[9];
    u32 word;
    u16 half;
    u8 byte;
};
CASE(structures) {
    *(volatile struct block*)((u8*)memory + 0x300) = *(volatile struct block*)((u8*)memory + 0x100);
    struct block copy = *(volatile struct block*)((u8*)memory + 0x180);
    copy.words[3] ^= 1;
    *(volatile struct block*)((u8*)memory + 0x400) = copy;
    KEEP(copy.words[3]);
    END;
}

/* Without volatile: what a careless driver does, and compilers turn into blocks. */
CASE(blocks) {
    u8 copy[203];
    u8* bytes = (u8*)memory;
    memcpy(copy, bytes + 0x101, sizeof copy);
    memcpy(bytes + 0x403, copy, sizeof copy);
    memset(bytes + 0x600, 0xa5, 517);
    memcpy(bytes + 0x900, bytes + 0x500, 1024);
    memmove(bytes + 0x501, bytes + 0x500, 300);
    u32 sum = 0;
    const u32* words = (const u32*)(bytes + 0x700);
    for (unsigned i = 0; i < 100; ++i) sum += words[i];
    u16* halves = (u16*)(bytes + 0xd00);
    for (unsigned i = 0; i < 100; ++i) halves[i] = (u16)(halves[i] * 3 + 1);
    KEEP(sum);
    KEEP(memcmp(bytes + 0x403, copy, sizeof copy));
    END;
}

CASE(swapped) {
    AT(u16, 0x10) = __builtin_bswap16(AT(u16, 0x18));
    AT(u32, 0x20) = __builtin_bswap32(AT(u32, 0x28));
    AT(u64, 0x30) = __builtin_bswap64(AT(u64, 0x38));
    KEEP(__builtin_bswap32(AT(u32, 0x40)));
    END;
}

CASE(bits) {
    KEEP(__builtin_popcountll(AT(u64, 0x10)));
    KEEP(__builtin_ctz(AT(u32, 0x18) | 0x100));
    KEEP(__builtin_clzll(AT(u64, 0x20) | 1));
    AT(u32, 0x28) |= 1u << (results[6] & 31);
    AT(u64, 0x30) &= ~((u64)1 << (results[6] & 63));
    AT(u32, 0x38) ^= 1u << (results[4] & 31);
    KEEP((int)(AT(u32, 0x40) >> (results[4] & 31) & 1));
    AT(u32, 0x48) = AT(u32, 0x50) << 5 | AT(u32, 0x58) >> 27;
    KEEP(AT(u64, 0x60) & (AT(u64, 0x60) - 1));
    KEEP(AT(u64, 0x60) & -AT(u64, 0x60));
    END;
}

#ifdef __SIZEOF_INT128__
typedef unsigned __int128 u128;
CASE(wide) {
    AT(u128, 0x40) += AT(u128, 0x50);
    KEEP((u64)(AT(u128, 0x40) >> 64));
    KEEP((u64)((u128)AT(u64, 0x60) * AT(u64, 0x68) >> 64));
    END;
}
#endif

CASE(through_registers_of_all_numbers) {
    /* So many values at once that every register takes part. */
    u64 a = AT(u64, 0x10), b = AT(u64, 0x18), c = AT(u64, 0x20), d = AT(u64, 0x28), e = AT(u64, 0x30),
        f = AT(u64, 0x38), g = AT(u64, 0x40), h = AT(u64, 0x48), i = AT(u64, 0x50), j = AT(u64, 0x58),
        k = AT(u64, 0x60), l = AT(u64, 0x68), m = AT(u64, 0x70), n = AT(u64, 0x78);
    for (unsigned round = 0; round < 3; ++round) {
        a += b ^ AT(u64, 0x80), b += c ^ AT(u32, 0x88), c += d, d += e ^ AT(u8, 0x90), e += f, f += g;
        g += h ^ AT(u16, 0x98), h += i, i += j ^ AT(u64, 0xa0), j += k, k += l, l += m, m += n, n += a;
        AT(u64, 0x100) = a, AT(u32, 0x108) = (u32)g, AT(u8, 0x110) = (u8)n, AT(u16, 0x118) = (u16)l;
    }
    KEEP(a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l ^ m ^ n);
    END;
}

#define PLAIN_CASES(type, width)                                   \
    {"load " #type, "R" width, load_##type},                       \
    {"store " #type, "W" width, store_##type},                     \
    {"store zero " #type, "W" width, store_zero_##type},           \
    {"store a variable " #type, "W" width, store_variable_##type}, \
    {"widen " #type, "R" width " R" width, widened_##type},        \
    {"narrow " #type, "R" width " R" width, narrowed_##type},      \
    {"or " #type, "R" width " W" width " R" width " W" width, or_##type},   \
    {"and " #type, "R" width " W" width " R" width " W" width, and_##type}, \
    {"xor " #type, "R" width " W" width " R" width " W" width, xor_##type}, \
    {"add " #type, "R" width " W" width " R" width " W" width, add_##type}, \
    {"subtract " #type, "R" width " W" width " R" width " W" width, subtract_##type}, \
    {"shift " #type, 0, shift_##type},                             \
    {"multiply " #type, "R" width " W" width " R" width, multiply_##type}, \
    {"divide " #type, "R" width " R" width " R" width, divide_##type}, \
    {"step " #type, 0, step_##type},                               \
    {"compare " #type, 0, compare_##type},                         \
    {"copy " #type, "R" width " W" width, copy_##type},            \
    {"array " #type, 0, array_##type},                             \
    {"atomic " #type, 0, atomic_##type}

const struct access_case access_cases[] = {
    PLAIN_CASES(u8, "1"),
    PLAIN_CASES(u16, "2"),
    PLAIN_CASES(u32, "4"),
    PLAIN_CASES(u64, "8"),
    PLAIN_CASES(i8, "1"),
    PLAIN_CASES(i16, "2"),
    PLAIN_CASES(i32, "4"),
    PLAIN_CASES(i64, "8"),
    {"arithmetic float", 0, arithmetic_float},
    {"arithmetic double", 0, arithmetic_double},
    {"arithmetic extended", 0, arithmetic_extended},
    {"truth", "W1 R1 R1 W1", truth},
    {"bit fields", 0, bit_fields},
    {"structures", 0, structures},
    {"blocks", 0, blocks},
    {"swapped", "R2 W2 R4 W4 R8 W8 R4", swapped},
    {"bits", 0, bits},
#ifdef __SIZEOF_INT128__
    {"wide", 0, wide},
#endif
    {"registers of all numbers", 0, through_registers_of_all_numbers},
};
const unsigned access_case_count = sizeof access_cases / sizeof access_cases[0];
