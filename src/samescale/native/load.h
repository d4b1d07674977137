/* From memory, in any type, into a block of doubles; the lanes beyond `width` become 0. */

#ifndef SAMESCALE_LOAD_H
#define SAMESCALE_LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

INLINE double from_half(uint16_t half)
{
    uint32_t exponent = (half >> 10) & 31, mantissa = half & 0x3ff;
    uint32_t raw = ((exponent ? exponent : 1) + 102) << 23;
    float scale;
    memcpy(&scale, &raw, 4);
    float value = (float)(int32_t)(mantissa | (exponent ? 0x400 : 0)) * scale;
    value = exponent == 31 ? (mantissa ? __builtin_nanf("") : __builtin_inff()) : value;
    return half & 0x8000 ? -value : value;
}

/* The same lanes of the block after this one are asked for meanwhile: a narrow strip of a table
   isn't a pattern that processors see coming. */
#define LOADER(NAME, TYPE, CONVERT)                                                               \
    static void NAME(const char *restrict data, ptrdiff_t row, ptrdiff_t step, size_t rows,       \
                     int width, double *restrict block)                                           \
    {                                                                                             \
        if (width == LANES && step == sizeof(TYPE))                                               \
            for (size_t r = 0; r < rows; r++) {                                                   \
                typedef TYPE anywhere __attribute__((aligned(1), may_alias));                     \
                const anywhere *values = (const anywhere *)(data + (ptrdiff_t)r * row);           \
                uintptr_t next = (uintptr_t)values + (uintptr_t)ROWS * (uintptr_t)row;            \
                __builtin_prefetch((const void *)next);                                           \
                if (LANES * sizeof(TYPE) > 64)                                                    \
                    __builtin_prefetch((const void *)(next + 64));                                \
                for (int l = 0; l < LANES; l++)                                                   \
                    block[r * LANES + l] = CONVERT(values[l]);                                    \
            }                                                                                     \
        else                                                                                      \
            for (size_t r = 0; r < rows; r++)                                                     \
                for (int l = 0; l < LANES; l++) {                                                 \
                    TYPE value = 0;                                                               \
                    if (l < width)                                                                \
                        memcpy(&value, data + (ptrdiff_t)r * row + l * step, sizeof value);       \
                    block[r * LANES + l] = CONVERT(value);                                        \
                }                                                                                 \
    }

LOADER(load_f2, uint16_t, from_half)
LOADER(load_f4, float, (double))
LOADER(load_f8, double, (double))
LOADER(load_i1, int8_t, (double))
LOADER(load_i2, int16_t, (double))
LOADER(load_i4, int32_t, (double))
LOADER(load_i8, int64_t, (double))
LOADER(load_u1, uint8_t, (double))
LOADER(load_u2, uint16_t, (double))
LOADER(load_u4, uint32_t, (double))
LOADER(load_u8, uint64_t, (double))

typedef void loader(const char *, ptrdiff_t, ptrdiff_t, size_t, int, double *);

/* The numbers of the types: moments.py has the same. */
enum { F2, F4, F8, I1, I2, I4, I8, U1, U2, U4, U8, TYPES };
static loader *const LOADERS[TYPES] = {load_f2, load_f4, load_f8, load_i1, load_i2, load_i4,
                                       load_i8, load_u1, load_u2, load_u4, load_u8};
static const unsigned char SIZES[TYPES] = {2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8};

#endif
