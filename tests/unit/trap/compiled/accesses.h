/* Accesses of a volatile object, of every form that a C compiler knows, for the compilers on this machine
 * to translate: see check_compilers. */
#ifndef OPENBAR_TESTS_TRAP_COMPILED_ACCESSES_H
#define OPENBAR_TESTS_TRAP_COMPILED_ACCESSES_H

#ifdef __cplusplus
extern "C" {
#endif

enum { ACCESSES_SIZE = 4096, RESULTS_SIZE = 256 };

struct access_case {
    const char* name;
    /* The accesses in order, "R4 W4" for a load and a store of 4 bytes each; null where a compiler may
     * choose. */
    const char* accesses;
    void (*run)(void* memory, unsigned char* results);
};

extern const struct access_case access_cases[];
extern const unsigned access_case_count;

#ifdef __cplusplus
}
#endif
#endif
