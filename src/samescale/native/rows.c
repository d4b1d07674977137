/* A hash of each row of a table, and the rows whose hash is at most a limit.

   Each value, as a double (NaN is one value, and -0.0 is 0.0), is mixed with an odd number of its
   column; their sum goes through the finaliser of MurmurHash3 (Appleby). Any type of the same
   values gives the same hash; statistics/_rows/hashes.py computes the same with NumPy. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
/* What load.h lays out in blocks isn't used here. */
#define LANES 8
#define ROWS 64

#include "load.h"

typedef uint64_t u64;
typedef int64_t i64;

/* So that the sums of a block stay close while the columns go by. */
#define BLOCK 1024

INLINE u64 cell(double value, u64 odd)
{
    u64 bits;
    double plain = value + 0.0;
    memcpy(&bits, &plain, 8);
    bits = plain == plain ? bits : 0x7ff8000000000000ull;
    bits = (bits ^ bits >> 32) * odd;
    return bits ^ bits >> 29;
}

INLINE u64 finished(u64 sum)
{
    sum = (sum ^ sum >> 33) * 0xff51afd7ed558ccdull;
    sum = (sum ^ sum >> 33) * 0xc4ceb9fe1a85ec53ull;
    return sum ^ sum >> 33;
}

/* Columns that lie side by side are gone through row by row, others column by column. */
#define ADDER(NAME, TYPE, CONVERT)                                                                \
    static void NAME(const char *data, size_t rows, size_t features, ptrdiff_t row,               \
                     ptrdiff_t step, const u64 *odd, u64 *sums)                                   \
    {                                                                                             \
        typedef TYPE anywhere __attribute__((aligned(1), may_alias));                             \
        if (step == sizeof(TYPE) && features > 1)                                                 \
            for (size_t r = 0; r < rows; r++) {                                                   \
                const anywhere *values = (const anywhere *)(data + (ptrdiff_t)r * row);           \
                u64 sum = 0;                                                                      \
                for (size_t f = 0; f < features; f++)                                             \
                    sum += cell(CONVERT(values[f]), odd[f]);                                      \
                sums[r] += sum;                                                                   \
            }                                                                                     \
        else                                                                                      \
            for (size_t f = 0; f < features; f++, data += step)                                   \
                if (row == sizeof(TYPE))                                                          \
                    for (size_t r = 0; r < rows; r++)                                             \
                        sums[r] += cell(CONVERT(((const anywhere *)data)[r]), odd[f]);            \
                else                                                                              \
                    for (size_t r = 0; r < rows; r++)                                             \
                        sums[r] += cell(                                                          \
                            CONVERT(*(const anywhere *)(data + (ptrdiff_t)r * row)), odd[f]);     \
    }

ADDER(add_f2, uint16_t, from_half)
ADDER(add_f4, float, (double))
ADDER(add_f8, double, (double))
ADDER(add_i1, int8_t, (double))
ADDER(add_i2, int16_t, (double))
ADDER(add_i4, int32_t, (double))
ADDER(add_i8, int64_t, (double))
ADDER(add_u1, uint8_t, (double))
ADDER(add_u2, uint16_t, (double))
ADDER(add_u4, uint32_t, (double))
ADDER(add_u8, uint64_t, (double))

typedef void adder(const char *, size_t, size_t, ptrdiff_t, ptrdiff_t, const u64 *, u64 *);

static adder *const ADDERS[TYPES] = {add_f2, add_f4, add_f8, add_i1, add_i2, add_i4,
                                     add_i8, add_u1, add_u2, add_u4, add_u8};

/* Some columns of a table: rows.py has the same. */
typedef struct {
    const char *data;
    i64 type, features, row, step;
} Piece;

/* Gives the hashes that are at most `limit`, and whose they are, in the rows' order; returns how
   many they are. Both have room for `rows`. */
EXPORT i64 rows_below(const Piece *pieces, i64 count, i64 rows, const u64 *odd, u64 limit,
                      u64 *hashes, i64 *places)
{
    u64 sums[BLOCK];
    i64 found = 0;
    for (i64 start = 0; start < rows; start += BLOCK) {
        i64 size = rows - start < BLOCK ? rows - start : BLOCK;
        const u64 *of = odd;
        memset(sums, 0, sizeof sums);
        for (i64 p = 0; p < count; p++) {
            const Piece *at = pieces + p;
            ADDERS[at->type](at->data + start * at->row, (size_t)size, (size_t)at->features,
                             at->row, at->step, of, sums);
            of += at->features;
        }
        for (i64 r = 0; r < size; r++) {
            u64 hash = finished(sums[r]);
            /* Written without a branch, kept where it counts. */
            hashes[found] = hash;
            places[found] = start + r;
            found += hash <= limit;
        }
    }
    return found;
}
