// Values as what orders them: from memory into floats or doubles side by side, and those as keys,
// the bits of a double that are in the order of the values (statistics/_ordered.py).

#ifndef SAMESCALE_ORDERED_H
#define SAMESCALE_ORDERED_H

#include <stdint.h>
#include <string.h>

static const uint64_t SIGN = UINT64_C(1) << 63;
static const uint64_t INFINITE_BITS = UINT64_C(0x7ff) << 52;

static inline uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint64_t key_of_bits(uint64_t bits) { return bits ^ (-(bits >> 63) | SIGN); }

// -0.0 is 0.0.
static inline uint64_t key_of(double value) { return key_of_bits(bits_of(value + 0.0)); }

// A key without its sign: keys of values that differ in it only are the same.
static inline uint64_t magnitude(uint64_t key) { return (key ^ ~-(key >> 63)) & ~SIGN; }

// n values that are `stride` bytes apart.
#define LOAD(NAME, FROM, TO)                                                                       \
    static void NAME(const char *from, int64_t stride, int64_t n, void *to) {                      \
        TO *values = to;                                                                           \
        if (stride == sizeof(FROM))                                                                \
            for (int64_t i = 0; i < n; i++) values[i] = (TO)((const FROM *)from)[i];               \
        else                                                                                       \
            for (int64_t i = 0; i < n; i++) values[i] = (TO) * (const FROM *)(from + i * stride);  \
    }

static inline float from_half(uint16_t half) {
    uint32_t raw = (uint32_t)(half & 0x7fff) << 13, exponent = half >> 10 & 31;
    raw += exponent == 31 ? UINT32_C(224) << 23 : UINT32_C(112) << 23;
    float value, small = (float)(half & 0x3ff) * 0x1p-24f;
    memcpy(&value, &raw, sizeof value);
    value = exponent ? value : small;
    return half & 0x8000 ? -value : value;
}

static void load_f2(const char *from, int64_t stride, int64_t n, void *to) {
    float *values = to;
    for (int64_t i = 0; i < n; i++) values[i] = from_half(*(const uint16_t *)(from + i * stride));
}

LOAD(load_f4, float, float)
LOAD(load_f8, double, double)
LOAD(load_i1, int8_t, float)
LOAD(load_i2, int16_t, float)
LOAD(load_i4, int32_t, double)
LOAD(load_i8, int64_t, double)
LOAD(load_u1, uint8_t, float)
LOAD(load_u2, uint16_t, float)
LOAD(load_u4, uint32_t, double)
LOAD(load_u8, uint64_t, double)

typedef struct {
    void (*load)(const char *, int64_t, int64_t, void *);
    int size;  // of what it makes
} loader;

enum { FLOAT = sizeof(float), DOUBLE = sizeof(double) };

// In the order of TYPES in quantiles.py.
static const loader LOADERS[] = {
    {load_f4, FLOAT},  {load_f8, DOUBLE}, {load_i1, FLOAT}, {load_i2, FLOAT},  {load_i4, DOUBLE},
    {load_i8, DOUBLE}, {load_u1, FLOAT},  {load_u2, FLOAT}, {load_u4, DOUBLE}, {load_u8, DOUBLE},
    {load_f2, FLOAT}};

// n values, as `size` says.
typedef struct {
    const char *data;
    int size;
    int64_t n;
} values;

static inline values from(values all, int64_t start, int64_t most) {
    int64_t n = all.n - start < most ? all.n - start : most;
    return (values){all.data + start * all.size, all.size, n};
}

static inline double value_at(values some, int64_t i) {
    return some.size == FLOAT ? (double)((const float *)some.data)[i]
                              : ((const double *)some.data)[i];
}

#endif
