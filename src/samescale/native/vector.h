/* A few doubles side by side, as many as the processor's registers hold. */

#ifndef SAMESCALE_VECTOR_H
#define SAMESCALE_VECTOR_H

#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define WIDTH 8
#elif defined(__AVX__)
#define WIDTH 4
#else
#define WIDTH 2
#endif

typedef double vector __attribute__((vector_size(8 * WIDTH)));
typedef int64_t bits __attribute__((vector_size(8 * WIDTH)));
typedef double loose __attribute__((vector_size(8 * WIDTH), may_alias, aligned(8)));

/* The lesser and the greater of each; y where x is NaN. */
#if defined(__AVX512F__)
INLINE vector lesser(vector x, vector y) { return (vector)_mm512_min_pd((__m512d)x, (__m512d)y); }
INLINE vector greater(vector x, vector y) { return (vector)_mm512_max_pd((__m512d)x, (__m512d)y); }
#elif defined(__AVX__)
INLINE vector lesser(vector x, vector y) { return (vector)_mm256_min_pd((__m256d)x, (__m256d)y); }
INLINE vector greater(vector x, vector y) { return (vector)_mm256_max_pd((__m256d)x, (__m256d)y); }
#elif defined(__SSE2__)
INLINE vector lesser(vector x, vector y) { return (vector)_mm_min_pd((__m128d)x, (__m128d)y); }
INLINE vector greater(vector x, vector y) { return (vector)_mm_max_pd((__m128d)x, (__m128d)y); }
#else
INLINE vector either(bits mask, vector x, vector y)
{
    return (vector)(((bits)x & mask) | ((bits)y & ~mask));
}
INLINE vector lesser(vector x, vector y) { return either((bits)(x < y), x, y); }
INLINE vector greater(vector x, vector y) { return either((bits)(x > y), x, y); }
#endif

INLINE vector at(const double *x) { return *(const loose *)x; }

INLINE int any(bits mask)
{
    int64_t found = 0;
    for (int l = 0; l < WIDTH; l++)
        found |= mask[l];
    return found != 0;
}

/* 1.5 * 2^52 units of 2^unit: adding and subtracting it rounds to whole units. */
INLINE vector magic(bits unit)
{
    return (vector)((unit + (52 + 1023)) << 52 | (int64_t)1 << 51);
}

#endif
