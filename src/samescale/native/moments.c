/* Bounds, missing values, exact sums and exact sums of squares, in one pass over memory.

   A block of ROWS rows of LANES lanes is turned into doubles, which stay in the first-level cache,
   and bounded. Then each value is cut on fixed grids into slices of 23 or 24 bits (error-free
   extraction: Rump, Ogita & Oishi, SIAM J. Sci. Comput. 31, 2008), of which sums and products add
   up over the block without a rounding, whatever the vectors' width, the order or FMA. The block's
   totals are split once more, so that those of very many blocks add up in two doubles, and end in
   a wide fixed-point number per feature. A value that doesn't fit in the slices goes there at once.

   Lanes are the columns of a row-major table, several rows side by side where it is narrow, or
   pieces of one column. Nothing here is static and mutable: threads may call it at once. */

#include <float.h>
#include <stdlib.h>

#if FLT_EVAL_METHOD != 0 || !defined(__SIZEOF_INT128__)
#error "doubles must be computed as doubles, and integers of 128 bits are needed"
#endif

#define LANES 16
#define ROWS 128 /* the slices' widths follow from it: sums of so many products fit in 2^53 */

#include "number.h"
#include "vector.h"
#include "load.h"

#define EXPORT __attribute__((visibility("default")))

#define SLICES 4
#define PAIRS (SLICES * (SLICES + 1) / 2)
#define TOTALS (SLICES - 1 + PAIRS)
#define FIRST 23 /* bits of the first slice; a later one has a sign, and one bit more */
#define NEXT 24
#define HALF 27 /* bits of the lower half of a block's total: 2^26 blocks add up exactly */
/* Of values up to 2^EXPONENT within these, all that is computed is far from both ends of double. */
#define LEAST (-400)
#define GREATEST 450
/* A lane's grid stays while its values are at most so many bits below it. */
#define SLACK 3
/* One more slice is cheaper than adding more than one in SHARE of the values singly. */
#define SHARE 64
/* So many lanes of 8 bytes, times ROWS, stay in the second-level cache. */
#define WIDEST 512
/* After so many blocks carries are settled. */
#define PATIENCE (1u << 16)

typedef struct {
    number sum, square;
    int64_t missing;
} feature;

/* WIDTH lanes: their bounds, their grid, and the totals of the blocks since it was chosen. */
typedef struct {
    vector low, high;
    bits exponent;
    vector upper[TOTALS], lower[TOTALS];
    int64_t slices, used;
} group;

/* What is said of a feature. The bounds are integers if the type is one of 64 bits; where there is
   no value, low is above high. A number's digits, least significant first, are two's complement;
   its places say which one is the first, and how many there are. */
typedef union {
    double real;
    int64_t whole;
    uint64_t natural;
} bound_of;
typedef struct {
    bound_of low, high;
    int64_t missing;
    int32_t sum_place[2], square_place[2];
    uint32_t sum[SUM_DIGITS], square[SQUARE_DIGITS];
} result;

typedef struct {
    feature *features;
    group *groups;
    result *results;
    size_t modulus, offset; /* lane i is of feature offset + i % modulus */
    int whole;              /* whether the type is an integer of 64 bits */
    double block[ROWS * LANES] __attribute__((aligned(64)));
} work;

INLINE size_t feature_of(const work *w, size_t lane)
{
    return w->offset + lane % w->modulus;
}

/* ---- the slices of a block ---- */

/* The unit of a slice, of values up to 2^exponent. The last slice shares its sum with the one
   before, so it is a bit coarser. */
#define UNIT(n, i) (((i) == (n) - 1) - FIRST - NEXT * (i))

/* The bounds of each lane, NaN skipped; whether there is a NaN or an infinity. */
INLINE int bound(const double *x, size_t rows, vector *low, vector *high)
{
    vector zero = {0}, odd = zero, least = zero + __builtin_inf(), most = zero - __builtin_inf();
    for (size_t r = 0; r < rows; r++) {
        vector value = at(x + r * LANES);
        least = lesser(value, least);
        most = greater(value, most);
        odd += value * 0.0; /* NaN of NaN and of infinities, and of nothing else */
    }
    *low = least, *high = most;
    return any((bits)(odd != odd));
}

/* The totals of n slices over the rows of some lanes: sums, then products. 1 if anything was left
   of a value. */
INLINE int add_slices(const int n, const double *x, size_t rows, bits exponent, vector *totals)
{
    vector sum[SLICES] = {{0}}, product[PAIRS] = {{0}}, grid[SLICES];
    bits left = {0};
    for (int i = 0; i < n; i++)
        grid[i] = magic(exponent + UNIT(n, i));
    for (size_t r = 0; r < rows; r++) {
        vector rest = at(x + r * LANES), slice[SLICES];
#pragma GCC unroll 4
        for (int i = 0; i < n; i++) {
            slice[i] = (rest + grid[i]) - grid[i];
            if (i < n - 1)
                sum[i] += i < n - 2 ? slice[i] : rest;
            rest -= slice[i];
        }
        left |= (bits)rest;
#pragma GCC unroll 4
        for (int i = 0; i < n; i++)
#pragma GCC unroll 4
            for (int j = i; j < n; j++)
                product[i * n + j - i * (i + 1) / 2] += slice[i] * slice[j];
    }
    for (int i = 0; i < n - 1; i++)
        totals[i] = sum[i];
    for (int i = 0; i < n * (n + 1) / 2; i++)
        totals[n - 1 + i] = product[i];
    return any(left << 1); /* -0.0 leaves its sign and nothing else */
}

INLINE void keep_one(group *g, int t, vector total, bits unit)
{
    vector grid = magic(unit + HALF);
    vector upper = (total + grid) - grid;
    g->upper[t] += upper;
    g->lower[t] += total - upper;
}

/* Add the totals of a block to those of the blocks before, in halves. */
INLINE void keep(const int n, group *g, const vector *totals)
{
    int t = 0;
#pragma GCC unroll 4
    for (; t < n - 1; t++)
        keep_one(g, t, totals[t], g->exponent + UNIT(n, (t < n - 2 ? t : n - 1)));
#pragma GCC unroll 4
    for (int i = 0; i < n; i++)
#pragma GCC unroll 4
        for (int j = i; j < n; j++, t++)
            keep_one(g, t, totals[t], 2 * g->exponent + (UNIT(n, i) + UNIT(n, j)));
}

#define DEPTH(N)                                                                                  \
    static int add_##N(const double *x, size_t rows, group *g)                                    \
    {                                                                                             \
        vector totals[TOTALS];                                                                    \
        if (add_slices(N, x, rows, g->exponent, totals))                                          \
            return 1;                                                                             \
        keep(N, g, totals);                                                                       \
        return 0;                                                                                 \
    }

DEPTH(2)
DEPTH(3)
DEPTH(4)

typedef int deep(const double *, size_t, group *);
static deep *const DEEP[SLICES + 1] = {0, 0, add_2, add_3, add_4};

/* ---- the totals of blocks, and values that are added singly ---- */

static void flush(work *w, group *g, size_t lane)
{
    int n = (int)g->slices;
    for (int l = 0; l < WIDTH && g->used; l++) {
        feature *f = w->features + feature_of(w, lane + l);
        int t = 0;
        for (; t < n - 1; t++) {
            add_double(&f->sum, g->upper[t][l], SUM_UNIT);
            add_double(&f->sum, g->lower[t][l], SUM_UNIT);
        }
        for (int i = 0; i < n; i++)
            for (int j = i; j < n; j++, t++) {
                int unit = SQUARE_UNIT + (i < j); /* a pair of different slices counts twice */
                add_double(&f->square, g->upper[t][l], unit);
                add_double(&f->square, g->lower[t][l], unit);
            }
    }
    memset(g->upper, 0, sizeof g->upper);
    memset(g->lower, 0, sizeof g->lower);
    g->used = 0;
}

static void add_singly(feature *f, double value)
{
    int exponent;
    int64_t mantissa = split(value, &exponent);
    if (!mantissa)
        return;
    add(&f->sum, mantissa, exponent + SUM_UNIT);
    add_long(&f->square, (unsigned __int128)((__int128)mantissa * mantissa),
             2 * exponent + SQUARE_UNIT);
}

/* Whether each value leaves something beyond n slices. */
INLINE bits left_of(int n, vector rest, bits exponent)
{
    for (int i = 0; i < n; i++) {
        vector grid = magic(exponent + UNIT(n, i));
        rest -= (rest + grid) - grid;
    }
    return (bits)(rest != 0.0);
}

static size_t count_left(int n, const double *x, size_t rows, bits exponent)
{
    bits count = {0};
    size_t sum = 0;
    for (size_t r = 0; r < rows; r++)
        count -= left_of(n, at(x + r * LANES), exponent);
    for (int l = 0; l < WIDTH; l++)
        sum += (size_t)count[l];
    return sum;
}

static void add_left(work *w, int n, double *x, size_t rows, bits exponent, size_t lane)
{
    for (size_t r = 0; r < rows; r++, x += LANES) {
        bits left = left_of(n, at(x), exponent);
        for (int l = 0; l < WIDTH && any(left); l++)
            if (left[l]) {
                add_singly(w->features + feature_of(w, lane + l), x[l]);
                x[l] = 0.0;
            }
    }
}

/* Choose a grid for the lanes that need another; values that are too far out for any are added
   singly. The other lanes keep theirs, or those whose greatest value is near a power of 2 would
   change it with each block. */
static void choose(work *w, group *g, double *x, size_t rows, bits exponent, bits need, size_t lane)
{
    flush(w, g, lane);
    for (int l = 0; l < WIDTH; l++) {
        if (!need[l])
            continue;
        if (exponent[l] >= LEAST && exponent[l] <= GREATEST) {
            g->exponent[l] = exponent[l];
            continue;
        }
        for (size_t r = 0; r < rows; r++) {
            add_singly(w->features + feature_of(w, lane + l), x[r * LANES + l]);
            x[r * LANES + l] = 0.0;
        }
    }
}

/* Add WIDTH lanes of a block. */
static void add_lanes(work *w, group *g, double *x, size_t rows, vector low, vector high,
                      size_t lane)
{
    vector most = greater(greater(-low, high), (vector){0});
    bits exponent = ((bits)most >> 52) - 1022;
    bits need = (bits)(exponent > g->exponent) |
                ((bits)(exponent < g->exponent - SLACK) & (bits)(most != 0.0));
    if (any(need))
        choose(w, g, x, rows, exponent, need, lane);
    for (int clean = 0; DEEP[g->slices](x, rows, g);) {
        int n = (int)g->slices;
        if (n < SLICES && !clean && count_left(n, x, rows, g->exponent) > rows * WIDTH / SHARE) {
            flush(w, g, lane);
            g->slices = n + 1;
        } else {
            add_left(w, n, x, rows, g->exponent, lane);
            clean = 1;
        }
    }
    g->used = 1;
}

static void drop_missing(work *w, double *x, size_t rows, size_t lane)
{
    int64_t count[WIDTH] = {0};
    for (size_t r = 0; r < rows; r++, x += LANES)
        for (int l = 0; l < WIDTH; l++) {
            int missing = x[l] != x[l];
            count[l] += missing;
            x[l] = missing ? 0.0 : x[l];
        }
    for (int l = 0; l < WIDTH; l++)
        w->features[feature_of(w, lane + l)].missing += count[l];
}

/* ---- a table ---- */

/* Bounds of whole numbers of 64 bits; 1 if double holds them all. Otherwise they are added here. */
#define WHOLE(NAME, TYPE, KIND)                                                                   \
    static int NAME(work *w, const char *data, ptrdiff_t row, ptrdiff_t step, size_t rows,        \
                    int width, size_t lane)                                                       \
    {                                                                                             \
        TYPE value, least[LANES], most[LANES], safe = (TYPE)1 << 53;                              \
        int within = 1;                                                                           \
        for (int l = 0; l < width; l++) {                                                         \
            memcpy(&value, data + l * step, 8);                                                   \
            least[l] = most[l] = value;                                                           \
        }                                                                                         \
        for (size_t r = 1; r < rows; r++)                                                         \
            for (int l = 0; l < width; l++) {                                                     \
                memcpy(&value, data + (ptrdiff_t)r * row + l * step, 8);                          \
                least[l] = value < least[l] ? value : least[l];                                   \
                most[l] = value > most[l] ? value : most[l];                                      \
            }                                                                                     \
        for (int l = 0; l < width; l++) {                                                         \
            result *to = w->results + feature_of(w, lane + l);                                    \
            to->low.KIND = least[l] < to->low.KIND ? least[l] : to->low.KIND;                     \
            to->high.KIND = most[l] > to->high.KIND ? most[l] : to->high.KIND;                    \
            within &= most[l] <= safe && (least[l] > 0 || least[l] + safe + 1 > 0);               \
        }                                                                                         \
        for (int l = 0; l < width && !within; l++) {                                              \
            feature *f = w->features + feature_of(w, lane + l);                                   \
            __int128 sum = 0;                                                                     \
            unsigned __int128 square, squares = 0;                                                \
            int64_t carries = 0;                                                                  \
            for (size_t r = 0; r < rows; r++) {                                                   \
                memcpy(&value, data + (ptrdiff_t)r * row + l * step, 8);                          \
                sum += value;                                                                     \
                square = (unsigned __int128)value * (unsigned __int128)value;                          \
                squares += square;                                                                \
                carries += squares < square;                                                      \
            }                                                                                     \
            add(&f->sum, (int64_t)(sum & 0xffffffff), SUM_UNIT);                                  \
            add(&f->sum, (int64_t)(sum >> 32), SUM_UNIT + 32);                                    \
            add_long(&f->square, squares, SQUARE_UNIT);                                           \
            add(&f->square, carries, SQUARE_UNIT + 128);                                          \
        }                                                                                         \
        return within;                                                                            \
    }

WHOLE(whole_i8, int64_t, whole)
WHOLE(whole_u8, uint64_t, natural)

static int add_block(work *w, int type, const char *data, ptrdiff_t row, ptrdiff_t step,
                     size_t rows, int width, size_t lane)
{
    if (w->whole &&
        !(type == I8 ? whole_i8 : whole_u8)(w, data, row, step, rows, width, lane))
        return 0;
    LOADERS[type](data, row, step, rows, width, w->block);
    for (int v = 0; v < width; v += WIDTH) {
        double *x = w->block + v;
        group *g = w->groups + (lane + v) / WIDTH;
        vector low, high;
        if (bound(x, rows, &low, &high)) {
            if (any((bits)(low == -__builtin_inf()) | (bits)(high == __builtin_inf())))
                return 1;
            drop_missing(w, x, rows, lane + v);
        }
        g->low = lesser(low, g->low);
        g->high = greater(high, g->high);
        add_lanes(w, g, x, rows, low, high, lane + v);
    }
    return 0;
}

static void settle_all(work *w, size_t features)
{
    for (size_t i = 0; i < features; i++) {
        settle(&w->features[i].sum, SUM_DIGITS);
        settle(&w->features[i].square, SQUARE_DIGITS);
    }
}

static void begin(work *w, size_t lanes)
{
    for (size_t i = 0; i * WIDTH < lanes; i++) {
        group *g = w->groups + i;
        memset(g, 0, sizeof *g);
        g->low += __builtin_inf();
        g->high -= __builtin_inf();
        g->slices = 2;
    }
}

static void end(work *w, size_t lanes)
{
    for (size_t lane = 0; lane < lanes; lane += WIDTH) {
        group *g = w->groups + lane / WIDTH;
        flush(w, g, lane);
        for (size_t l = 0; l < WIDTH && lane + l < lanes && !w->whole; l++) {
            result *to = w->results + feature_of(w, lane + l);
            to->low.real = g->low[l] < to->low.real ? g->low[l] : to->low.real;
            to->high.real = g->high[l] > to->high.real ? g->high[l] : to->high.real;
        }
    }
}

/* Add rows of lanes, which lie `step` bytes apart. 1 if a value is infinite. */
static int add_rows(work *w, int type, const char *data, ptrdiff_t row, ptrdiff_t step,
                    size_t rows, size_t lanes, size_t features)
{
    begin(w, lanes);
    for (size_t start = 0, block = 1; start < rows; start += ROWS, block++) {
        const char *first = data + (ptrdiff_t)start * row;
        size_t height = rows - start < ROWS ? rows - start : ROWS;
        for (size_t lane = 0; lane < lanes; lane += LANES) {
            int width = lanes - lane < LANES ? (int)(lanes - lane) : LANES;
            if (add_block(w, type, first + (ptrdiff_t)lane * step, row, step, height, width, lane))
                return 1;
        }
        for (size_t lane = 0; lane < lanes && block % PATIENCE == 0; lane += WIDTH)
            flush(w, w->groups + lane / WIDTH, lane);
        if (block % PATIENCE == 0)
            settle_all(w, features);
    }
    end(w, lanes);
    return 0;
}

/* Add values, which lie `step` bytes apart: rows of lanes, and what doesn't fill a row. */
static int add_folded(work *w, int type, const char *data, ptrdiff_t step, size_t values,
                      size_t lanes, size_t features)
{
    size_t rows = values / lanes, rest = values % lanes;
    ptrdiff_t row = (ptrdiff_t)(lanes * (size_t)step); /* of one value the step may be anything */
    return add_rows(w, type, data, row, step, rows, lanes, features) ||
           (rest && add_rows(w, type, data + (ptrdiff_t)rows * row, row, step, 1, rest, features));
}

/* How many lanes a row-major table is read as: whole rows, side by side to fill vectors. */
static size_t lanes_of(size_t rows, size_t features)
{
    size_t fold = LANES;
    while (fold > 1 && features * (fold / 2) % LANES == 0)
        fold /= 2;
    return features * fold <= WIDEST && rows / fold >= ROWS / 4 ? features * fold : features;
}

static int add_table(work *w, int type, const char *data, size_t rows, size_t features,
                     ptrdiff_t row, ptrdiff_t column)
{
    ptrdiff_t size = SIZES[type];
    w->modulus = features, w->offset = 0;
    if (features > 1 && column == size && row == (ptrdiff_t)features * size)
        return add_folded(w, type, data, size, rows * features, lanes_of(rows, features),
                          features);
    if (features >= LANES && column == size)
        return add_rows(w, type, data, row, size, rows, features, features);
    w->modulus = 1;
    for (; w->offset < features; w->offset++, data += column)
        if (add_folded(w, type, data, row, rows, LANES, features))
            return 1;
    return 0;
}

static void *room_for(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

static void start(feature *f, result *to, int type, int64_t *digits)
{
    *f = (feature){{digits, SUM_DIGITS, -1}, {digits + SUM_DIGITS, SQUARE_DIGITS, -1}, 0};
    to->low.real = __builtin_inf(), to->high.real = -__builtin_inf();
    if (type == I8)
        to->low.whole = INT64_MAX, to->high.whole = INT64_MIN;
    if (type == U8)
        to->low.natural = UINT64_MAX, to->high.natural = 0;
}

static void finish(const feature *f, result *to)
{
    to->missing = f->missing;
    give(&f->sum, to->sum, to->sum_place);
    give(&f->square, to->square, to->square_place);
}

/* Add up a table: one result a feature.

   Returns 0; 1 if a value is infinite, -1 if there is no memory, -2 if the type is none. */
EXPORT int moments_scan(int type, const char *data, size_t rows, size_t features, ptrdiff_t row,
                        ptrdiff_t column, result *results)
{
    if (type < 0 || type >= TYPES)
        return -2;
    const size_t digits = SUM_DIGITS + SQUARE_DIGITS;
    size_t lanes = features < WIDEST ? WIDEST : features;
    work *w = room_for(sizeof *w);
    group *groups = room_for((lanes / WIDTH + 1) * sizeof *groups);
    feature *all = malloc((features + 1) * sizeof *all);
    int64_t *room = calloc(features + 1, digits * sizeof *room);
    int outcome = -1;
    if (w && groups && all && room) {
        for (size_t i = 0; i < features; i++)
            start(all + i, results + i, type, room + i * digits);
        w->features = all, w->groups = groups, w->results = results;
        w->whole = type == I8 || type == U8;
        outcome = add_table(w, type, data, rows, features, row, column);
        settle_all(w, features);
        for (size_t i = 0; i < features; i++)
            finish(all + i, results + i);
    }
    free(w);
    free(groups);
    free(all);
    free(room);
    return outcome;
}
