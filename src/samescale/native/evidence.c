/* Cells of values, levels of rows, and steps of e-processes: evidence/stream says what they are.

   No product here is added to anything but by way of memory, so that contraction into FMA can't
   change a bit: stream/_process.py computes the same with NumPy. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define APART static __attribute__((noinline))

typedef int64_t i64;

#define EXACT 3e-7
#define AGES 8
#define EXPONENTS 32

/* How many edges are at most the value: edges ascend. */
static i64 place(const double *edges, i64 count, double value)
{
    i64 low = 0;
    while (count > 0) {
        i64 half = count / 2;
        if (edges[low + half] <= value) {
            low += half + 1;
            count -= half + 1;
        } else
            count = half;
    }
    return low;
}

/* To a whole number, halves to even, without the library of mathematics. */
static double whole(double value)
{
    volatile double moved = value + copysign(0x1p52, value);
    return fabs(value) < 0x1p52 ? moved - copysign(0x1p52, value) : value;
}

static int is_beside(double value, double tick, double centre)
{
    double loose = EXACT * (fabs(value) + centre);
    volatile double near = whole(value / tick) * tick;
    return loose < tick / 8 && !(fabs(value - near) <= loose);
}

EXPORT void evidence_cells(const double *raw, i64 rows, i64 width, const double *edges, i64 most,
                           const i64 *counts, const double *ticks, const double *centre,
                           int32_t *found)
{
    for (i64 r = 0; r < rows; r++)
        for (i64 j = 0; j < width; j++) {
            double value = raw[r * width + j];
            i64 at;
            if (value != value)
                at = 2 * (most + 1);
            else {
                at = place(edges + j * most, counts[j], value);
                if (ticks[j] > 0 && is_beside(value, ticks[j], centre[j]))
                    at += most + 1;
            }
            found[r * width + j] = (int32_t)at;
        }
}

EXPORT void evidence_levels(const int32_t *found, i64 rows, i64 width, i64 cells,
                            const uint8_t *own, i64 claims, const int16_t *scores, i64 wholes,
                            const int32_t *bounds, i64 most, uint8_t *out)
{
    for (i64 r = 0; r < rows; r++, found += width) {
        for (i64 j = 0; j < width; j++, out += claims)
            memcpy(out, own + (j * cells + found[j]) * claims, (size_t)claims);
        for (i64 w = 0; w < wholes; w++) {
            int32_t sum = 0;
            uint8_t level = 0;
            for (i64 j = 0; j < width; j++)
                sum += scores[(j * cells + found[j]) * wholes + w];
            while (level < most && sum >= bounds[level])
                level++;
            *out++ = level;
        }
    }
}

/* Whether each row repeats one of the last ones: in every column the same to a hundredth. */
static int is_near(const double *one, const double *other, i64 width)
{
    for (i64 j = 0; j < width; j++) {
        double a = one[j], b = other[j], size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
        if (!(a == b || fabs(a - b) <= 0.01 * size || (a != a && b != b)))
            return 0;
    }
    return 1;
}

EXPORT void evidence_repeats(const double *values, i64 rows, i64 width, double *ring, i64 size,
                             i64 count, uint8_t *found)
{
    for (i64 r = 0; r < rows; r++, values += width, count++) {
        i64 filled = count < size ? count : size;
        found[r] = 0;
        for (i64 i = 0; i < filled && !found[r]; i++)
            found[r] = (uint8_t)is_near(values, ring + i * width, width);
        memcpy(ring + count % size * width, values, (size_t)width * sizeof(double));
    }
}

struct process {
    i64 hypotheses, levels;
    double *tails;       /* (hypotheses, levels): rows of the bag at this level or above */
    double *wealth;      /* (hypotheses, AGES) */
    const double *bets;  /* (hypotheses, EXPONENTS), divided by `rare` */
    const double *rare;  /* (hypotheses): what is bet on the rarest ranks */
    const double *near;  /* (AGES): the bet on a rank up to `ranks`, but for the bag's size */
    const double *far;   /* the same up to four times that */
    const double *ranks; /* (AGES) */
    const double *limit; /* (hypotheses): alarm from here */
    const uint8_t *row;  /* (rows, hypotheses): levels */
    const double *start; /* (rows): the weight of a change at this row */
    const uint8_t *seen; /* (rows): whether it repeats a recent row */
    double *total;       /* (hypotheses) */
    i64 learns;          /* whether rows enter the bag */
};

/* What each age bets on a row of this rank. */
static void stakes(const struct process *p, i64 h, double rank, double bag, int seen, double *e)
{
    double ratio = bag / rank;
    uint64_t bits;
    memcpy(&bits, &ratio, 8);
    i64 exponent = (i64)(bits >> 52) - 1023;
    double plain = p->bets[h * EXPONENTS + (exponent < EXPONENTS ? exponent : EXPONENTS - 1)];
    for (int a = 0; a < AGES; a++) {
        double extra = rank <= p->ranks[a] ? p->near[a] : rank <= 4 * p->ranks[a] ? p->far[a] : 0;
        volatile double more = extra * bag;
        e[a] = p->rare[h] * (plain + more);
        if (seen && e[a] > 1)
            e[a] = 1;
    }
}

APART void moved(const struct process *p, i64 row)
{
    const uint8_t *level = p->row + row * p->hypotheses;
    for (i64 h = 0; h < p->hypotheses; h++) {
        double *tails = p->tails + h * p->levels, *wealth = p->wealth + h * AGES;
        double e[AGES], bag = tails[0] + 1, rank = tails[level[h]] + 1;
        double last = wealth[AGES - 2] + wealth[AGES - 1];
        if (rank <= 4 * p->ranks[AGES - 1] || p->seen[row])
            stakes(p, h, rank, bag, p->seen[row], e);
        else {
            double ratio = bag / rank;
            uint64_t bits;
            memcpy(&bits, &ratio, 8);
            i64 x = (i64)(bits >> 52) - 1023;
            e[0] = p->rare[h] * p->bets[h * EXPONENTS + (x < EXPONENTS ? x : EXPONENTS - 1)];
            for (int a = 1; a < AGES; a++)
                e[a] = e[0];
        }
        wealth[AGES - 1] = e[AGES - 1] * last;
        for (int a = AGES - 2; a > 0; a--)
            wealth[a] = e[a] * wealth[a - 1];
        wealth[0] = e[0] * p->start[row];
        if (p->learns)
            for (int l = 0; l <= level[h]; l++)
                tails[l] += 1;
    }
}

APART int summed(const struct process *p)
{
    int alarm = 0;
    for (i64 h = 0; h < p->hypotheses; h++) {
        const double *w = p->wealth + h * AGES;
        double total = ((w[0] + w[1]) + (w[2] + w[3])) + ((w[4] + w[5]) + (w[6] + w[7]));
        p->total[h] = total;
        alarm |= total >= p->limit[h];
    }
    return alarm;
}

/* The rows gone on by, up to the first alarm; below 0 where there was one. */
EXPORT i64 evidence_steps(const struct process *p, i64 rows)
{
    for (i64 row = 0; row < rows; row++) {
        moved(p, row);
        if (summed(p))
            return -(row + 1);
    }
    return rows;
}

struct look {
    i64 width, most, cells, claims, wholes, bounds, ring;
    const double *edges;
    const i64 *counts;
    const double *ticks, *centre;
    const uint8_t *own;
    const int16_t *scores;
    const int32_t *least;
    double *last;
    int32_t *found;
    uint8_t *level, *seen;
};

/* All of it for some rows, in one call: what a row costs is mostly the calls. */
EXPORT i64 evidence_see(const struct look *l, const struct process *p, const double *values,
                        const double *raw, i64 rows, i64 count)
{
    evidence_cells(raw, rows, l->width, l->edges, l->most, l->counts, l->ticks, l->centre,
                   l->found);
    evidence_levels(l->found, rows, l->width, l->cells, l->own, l->claims, l->scores, l->wholes,
                    l->least, l->bounds, l->level);
    evidence_repeats(values, rows, l->width, l->last, l->ring, count, l->seen);
    return evidence_steps(p, rows);
}
