/// clang's attributes for locks (-Wthread-safety, an error where clang compiles the tree). Other
/// compilers see nothing. Macros only, for the library and for the driver's core.
#pragma once

#ifdef __clang__
#define OPENBAR_LOCK_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define OPENBAR_LOCK_ATTRIBUTE(attribute)
#endif
