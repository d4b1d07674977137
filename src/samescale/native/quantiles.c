// Values counted by their ordered bits: what statistics/_ordered.py does with NumPy, to the bit.
//
// A counter is made for each feature, is fed with tables of values, and gives what it counted.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ordered.h"

#define PUBLIC __attribute__((visibility("default")))

enum { TILE = 512, CHUNK = 2048, BLOCK = 4096, TOGETHER = 32 };
enum { RECENT = 11, MAP = 1 << 14, WINDOW = 1 << 14 };
// Places in a window after the cells of both signs: for 0, for one value outside that comes often,
// for the others outside, and for NaN.
enum { ZERO = 2 * WINDOW, ATOM, OUTSIDE, NONE, PLACES };
// Values that place a window, and values outside of it after which it may move.
enum { SAMPLE = 512, STRAY = 1 << 15 };
static const uint64_t GOLDEN = UINT64_C(0x9E3779B97F4A7C15);
// No cell's number: all ones is the key of a NaN.
static const uint64_t EMPTY = UINT64_MAX;

enum { INFINITE = 1, NO_ROOM = 2 };

typedef struct {
    uint64_t number;
    int64_t place;
} slot;

typedef struct {
    uint64_t key;
    int64_t count;
} pair;

typedef struct {
    int shift;      // how many bits of a key are cut off
    int group;      // a page is 2**group neighbouring cells
    int log;        // there are 2**log slots
    int skip;       // with buckets: how many bits of a key don't tell its bucket; else 0
    int overflow;   // more pages than `limit` were met: what was counted is worth nothing
    int64_t limit;  // the most pages; with buckets none
    slot *slots;    // number of a page or bucket -> its place
    uint64_t *pages;
    uint32_t *cells;
    int64_t used, known, room;
    uint32_t *window;  // the cells of WINDOW magnitudes from `lowest` on, positive ones first
    int cut;           // how many bits of a magnitude are cut off there
    uint64_t rest;     // which of those must be 0
    uint64_t lowest;
    uint64_t atom;  // the bits of the value outside that comes often; 0 for none
    int scattered;  // no window holds many of the values
    int64_t stray;  // how many values lay outside since the window was placed
    int usual;      // the place in the window that was met most
    uint8_t *map;   // with buckets: whether one has these last bits of its number
    pair often;     // with buckets: a key that comes often, and how often it came
    int elected;    // whether `often` was chosen by what came
    pair *recent;   // with buckets: the keys that were met last
    pair *found;    // with buckets: keys and counts, in no order, a key more than once
} counter;

static inline uint64_t home(uint64_t number, int log) { return (number * GOLDEN) >> (64 - log); }

static uint64_t place_of(const slot *slots, int log, uint64_t number) {
    uint64_t at = home(number, log);
    while (slots[at].number != number && slots[at].number != EMPTY)
        at = (at + 1) & ((UINT64_C(1) << log) - 1);
    return at;
}

static slot *vacant(int log) {
    slot *slots = malloc(sizeof(slot) << log);
    if (slots)
        for (int64_t i = 0; i < INT64_C(1) << log; i++) slots[i].number = EMPTY;
    return slots;
}

static int widen(counter *c) {
    slot *slots = vacant(c->log + 1);
    if (!slots) return 0;
    for (int64_t i = 0; i < INT64_C(1) << c->log; i++)
        if (c->slots[i].number != EMPTY)
            slots[place_of(slots, c->log + 1, c->slots[i].number)] = c->slots[i];
    free(c->slots);
    c->slots = slots;
    c->log++;
    return 1;
}

static int grow(counter *c) {
    int64_t room = c->room * 2;
    uint64_t *pages = realloc(c->pages, (size_t)room * sizeof *pages);
    if (pages) c->pages = pages;
    uint32_t *cells = pages ? realloc(c->cells, ((size_t)room * sizeof *cells) << c->group) : NULL;
    if (!cells) return 0;
    memset(cells + (c->room << c->group), 0, ((size_t)(room - c->room) * sizeof *cells) << c->group);
    c->cells = cells;
    c->room = room;
    return 1;
}

// The slot of a page that isn't there yet; -1 without memory, or when there are too many.
static int64_t add_page(counter *c, uint64_t page) {
    if (c->used >= c->limit) {
        c->overflow = 1;
        return -1;
    }
    if (c->used == c->room && !grow(c)) return -1;
    if (c->used * 2 >= INT64_C(1) << c->log && !widen(c)) return -1;
    uint64_t at = place_of(c->slots, c->log, page);
    c->slots[at] = (slot){page, c->used};
    c->pages[c->used++] = page;
    return (int64_t)at;
}

// ---- counting ---------------------------------------------------------------------------------

static int tally(counter *c, const uint64_t *keys, int64_t n) {
    const int shift = c->shift, group = c->group;
    const uint64_t low = (UINT64_C(1) << group) - 1;
    // What a new page may move is read again then, and not for every key.
    slot *slots = c->slots;
    uint32_t *cells = c->cells;
    int log = c->log;
    for (int64_t i = 0; i < n; i++) {
        uint64_t cell = keys[i] >> shift, page = cell >> group, at = home(page, log);
        if (slots[at].number != page) {
            at = place_of(slots, log, page);
            if (slots[at].number == EMPTY) {
                int64_t made = add_page(c, page);
                if (made < 0) return c->overflow;
                slots = c->slots, cells = c->cells, log = c->log;
                at = (uint64_t)made;
            }
        }
        cells[((uint64_t)slots[at].place << group) + (cell & low)]++;
    }
    return 1;
}

// As if a key had come `many` times.
static int tally_many(counter *c, uint64_t key, uint32_t many) {
    if (!tally(c, &key, 1)) return 0;
    if (c->overflow) return 1;
    uint64_t cell = key >> c->shift, at = place_of(c->slots, c->log, cell >> c->group);
    uint64_t low = cell & ((UINT64_C(1) << c->group) - 1);
    c->cells[((uint64_t)c->slots[at].place << c->group) + low] += many - 1;
    return 1;
}

#define KEYS(NAME, TYPE)                                                                           \
    static int NAME(values some, uint64_t *keys) {                                                 \
        uint64_t odd = 0;                                                                          \
        for (int64_t i = 0; i < some.n; i++) {                                                     \
            uint64_t bits = bits_of((double)((const TYPE *)some.data)[i] + 0.0);                   \
            odd |= (bits & ~SIGN) >= INFINITE_BITS;                                                \
            keys[i] = key_of_bits(bits);                                                           \
        }                                                                                          \
        return odd != 0;                                                                           \
    }

KEYS(keys_4, float)
KEYS(keys_8, double)

// Keys by their bits.
static int tally_all(counter *c, values some, int *seen) {
    uint64_t keys[CHUNK];
    int64_t left = some.n;
    if ((some.size == FLOAT ? keys_4 : keys_8)(some, keys)) {
        left = 0;
        for (int64_t i = 0; i < some.n; i++) {
            uint64_t key = keys[i], size = magnitude(key);
            keys[left] = key;
            left += size < INFINITE_BITS;
            *seen |= size == INFINITE_BITS ? INFINITE : 0;
        }
    }
    return tally(c, keys, left);
}

// ---- the window -------------------------------------------------------------------------------

// A key's place; WINDOW or more is outside.
static inline uint64_t within(const counter *c, uint64_t key) {
    uint64_t size = magnitude(key);
    return size & c->rest ? OUTSIDE : (size >> c->cut) - c->lowest;
}

// What is left in the window, into the cells.
static int close_window(counter *c) {
    uint32_t *window = c->window;
    for (uint64_t i = 0; i <= ATOM; i++) {
        uint32_t some = window[i];
        if (i % 16 == 0 && i < ZERO) {
            for (uint64_t k = 1; k < 16; k++) some |= window[i + k];
            if (!some) i += 15;
        }
        if (!some || !window[i]) continue;
        uint64_t key = (c->lowest + i % WINDOW) << c->cut | SIGN;
        key = i == ZERO ? SIGN : i == ATOM ? key_of_bits(c->atom) : i < WINDOW ? key : ~key;
        key = key >> c->shift << c->shift;
        if (!tally_many(c, key, window[i])) return 0;
        if (c->overflow) return 1;
        window[i] = 0;
    }
    return 1;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Where a window holds most of some magnitudes: most in its middle half, room for more on each side.
static uint64_t densest(uint64_t *sizes, int64_t n, int *scattered) {
    qsort(sizes, (size_t)n, sizeof *sizes, ascending);
    int64_t first = 0, most = 0;
    for (int64_t start = 0, i = 0; i < n; i++) {
        while (sizes[i] - sizes[start] >= WINDOW / 2) start++;
        if (i - start < most) continue;
        most = i - start + 1;
        first = start;
    }
    *scattered = most * 4 < n;
    if (!most) return 0;
    uint64_t spare = WINDOW - 1 - (sizes[first + most - 1] - sizes[first]);
    return sizes[first] < spare / 2 ? 0 : sizes[first] - spare / 2;
}

// The commonest of some bits, if many of them are the same.
static uint64_t commonest(uint64_t *bits, int64_t n) {
    qsort(bits, (size_t)n, sizeof *bits, ascending);
    int64_t most = SAMPLE / 32, run = 0;
    uint64_t found = 0;
    for (int64_t i = 0; i < n; i++) {
        run = i && bits[i] == bits[i - 1] ? run + 1 : 1;
        if (run <= most) continue;
        most = run;
        found = bits[i];
    }
    return found;
}

// Most values are within some powers of 2 of each other: their cells need no search.
static int open_window(counter *c, values some) {
    uint64_t all[SAMPLE], sizes[SAMPLE], met = SIGN;
    int64_t n = 0, far = 0;
    for (int64_t i = 0; i < SAMPLE; i++) {
        uint64_t bits = bits_of(value_at(some, i * some.n / SAMPLE));
        if (!(bits & ~SIGN) || (bits & ~SIGN) >= INFINITE_BITS) continue;
        all[n++] = bits;
        met |= bits;
    }
    if (!c->window) c->window = calloc(PLACES, sizeof *c->window);
    if (!c->window || !close_window(c)) return 0;
    // Where all bits count, those that are 0 in integers and in narrow floats needn't be looked at.
    c->cut = c->shift ? c->shift : __builtin_ctzll(met);
    c->rest = c->shift ? 0 : (UINT64_C(1) << c->cut) - 1;
    for (int64_t i = 0; i < n; i++) sizes[i] = (all[i] & ~SIGN) >> c->cut;
    c->lowest = densest(sizes, n, &c->scattered);
    for (int64_t i = 0; i < n; i++)
        if (within(c, key_of_bits(all[i])) >= WINDOW) all[far++] = all[i];
    c->atom = commonest(all, far);
    c->stray = 0;
    return 1;
}

// The places of some values; whether one is infinite.
#define FIND(NAME, TYPE)                                                                           \
    static int NAME(const counter *c, values some, uint16_t *places) {                             \
        const uint64_t cut = (uint64_t)c->cut, rest = c->rest, lowest = c->lowest, atom = c->atom; \
        uint64_t odd = 0;                                                                          \
        for (int64_t i = 0; i < some.n; i++) {                                                     \
            uint64_t bits = bits_of((double)((const TYPE *)some.data)[i]), size = bits & ~SIGN;    \
            uint64_t place = (size >> cut) - lowest, side = bits >> 63 ? WINDOW : 0;               \
            place = place < WINDOW && !(size & rest) ? place + side : OUTSIDE;                     \
            place = bits == atom ? ATOM : place;                                                   \
            place = size ? place : ZERO;                                                           \
            places[i] = (uint16_t)(size > INFINITE_BITS ? NONE : place);                           \
            odd |= size == INFINITE_BITS;                                                          \
        }                                                                                          \
        return odd != 0;                                                                           \
    }

FIND(find_4, float)
FIND(find_8, double)

// How many of some places are one.
static int64_t times(const uint16_t *places, int64_t n, int one) {
    uint16_t found = 0;  // up to CHUNK of them
    for (int64_t i = 0; i < n; i++) found = (uint16_t)(found + (places[i] == one));
    return found;
}

// The numbers of the hits, ascending; how many. There are 8 more hits than n, all 0.
static int64_t numbered(const uint8_t *hits, int64_t n, uint16_t *numbers) {
    int64_t left = 0, many = 0;
    for (int64_t i = 0; i < n; i++) many += hits[i];
    for (int64_t i = 0; many > n / 16 && i < n; i++) {
        numbers[left] = (uint16_t)i;
        left += hits[i];
    }
    for (int64_t i = 0; left < many && i < n; i += 8) {
        uint64_t some;
        memcpy(&some, hits + i, sizeof some);
        for (int64_t k = i; some && k < i + 8; k++)
            if (hits[k]) numbers[left++] = (uint16_t)k;
    }
    return left;
}

static int tally_outside(counter *c, values some, const uint16_t *places) {
    uint64_t keys[CHUNK];
    uint16_t numbers[CHUNK + 1];
    uint8_t hits[CHUNK + 8];
    for (int64_t i = 0; i < some.n; i++) hits[i] = places[i] == OUTSIDE;
    memset(hits + some.n, 0, 8);
    int64_t left = numbered(hits, some.n, numbers);
    for (int64_t i = 0; i < left; i++) keys[i] = key_of(value_at(some, numbers[i]));
    return tally(c, keys, left);
}

static int tally_chunk(counter *c, values some, int *seen) {
    uint16_t places[CHUNK];
    if ((some.size == FLOAT ? find_4 : find_8)(c, some, places)) {
        *seen |= INFINITE;
        return 1;
    }
    int64_t outside = times(places, some.n, OUTSIDE), usual = times(places, some.n, c->usual);
    if (outside && !tally_outside(c, some, places)) return 0;
    c->stray += outside;
    int64_t left = some.n;
    // Half of a column may be zero, and to add to the cell that was just added to takes long.
    if (usual > some.n / 16) {
        left = 0;
        c->window[c->usual] += (uint32_t)usual;
        for (int64_t i = 0; usual < some.n && i < some.n; i++) {
            uint16_t place = places[i];
            places[left] = place;
            left += place != c->usual;
        }
    }
    uint32_t *window = c->window;
    for (int64_t i = 0; i < left; i++) window[places[i]]++;
    return 1;
}

static int busiest(const uint32_t *window) {
    int most = 0;
    for (int i = 1; i < PLACES; i++) most = window[i] > window[most] ? i : most;
    return most;
}

static int tally_block(counter *c, values some, int *seen) {
    // A window has its price.
    int windowed = !c->scattered && (c->window || some.n == BLOCK);
    int fresh = windowed && (!c->window || c->stray > STRAY);
    if (fresh && !open_window(c, some)) return 0;
    windowed = windowed && !c->scattered;
    for (int64_t i = 0; i < some.n && !c->overflow; i += CHUNK)
        if (!(windowed ? tally_chunk : tally_all)(c, from(some, i, CHUNK), seen)) return 0;
    if (fresh) c->usual = busiest(c->window);
    return 1;
}

// ---- buckets ----------------------------------------------------------------------------------

static int keep(counter *c, pair one) {
    if (c->used == c->room) {
        pair *found = realloc(c->found, (size_t)c->room * 2 * sizeof *found);
        if (!found) return 0;
        c->found = found;
        c->room *= 2;
    }
    c->found[c->used++] = one;
    return 1;
}

#define MEET(NAME, TYPE)                                                                           \
    static int NAME(const counter *c, values some, uint16_t *places) {                             \
        const uint64_t skip = (uint64_t)c->skip, shift = (uint64_t)c->shift;                       \
        const uint64_t often = c->often.key >> shift;                                              \
        uint64_t odd = 0;                                                                          \
        for (int64_t i = 0; i < some.n; i++) {                                                     \
            uint64_t bits = bits_of((double)((const TYPE *)some.data)[i] + 0.0);                   \
            uint64_t key = key_of_bits(bits);                                                      \
            places[i] = (uint16_t)(key >> shift == often ? MAP : key >> skip & (MAP - 1));         \
            odd |= (bits & ~SIGN) == INFINITE_BITS;                                                \
        }                                                                                          \
        return odd != 0;                                                                           \
    }

MEET(meet_4, float)
MEET(meet_8, double)

static int wanted(const counter *c, uint64_t key) {
    return c->slots[place_of(c->slots, c->log, key >> c->skip)].number != EMPTY;
}

// Most keys are in no bucket, and most of the others new: a key that comes often is counted in
// `recent` until another one takes its place. A NaN is in none: no number has its first bits.
static int pick(counter *c, values some, int *seen) {
    uint16_t places[CHUNK], numbers[CHUNK + 1];
    uint8_t hits[CHUNK + 8];
    if ((some.size == FLOAT ? meet_4 : meet_8)(c, some, places)) *seen |= INFINITE;
    for (int64_t i = 0; i < some.n; i++) hits[i] = c->map[places[i]];
    memset(hits + some.n, 0, 8);
    int64_t left = numbered(hits, some.n, numbers);
    c->often.count += times(places, some.n, MAP);
    for (int64_t i = 0; i < left; i++) {
        uint64_t key = key_of(value_at(some, numbers[i]));
        if (!wanted(c, key)) continue;
        key = key >> c->shift << c->shift;
        pair *last = c->recent + home(key, RECENT);
        if (last->key != key) {
            if (last->count && !keep(c, *last)) return 0;
            *last = (pair){key, 0};
        }
        last->count++;
    }
    return 1;
}

// Half of a column may be one value: it isn't looked for in the buckets.
static int elect(counter *c) {
    pair *most = &c->often;
    for (int64_t i = 0; i < INT64_C(1) << RECENT; i++)
        if (c->recent[i].count > most->count) most = c->recent + i;
    c->elected = 1;
    if (most == &c->often) return 1;
    if (c->often.count && wanted(c, c->often.key) && !keep(c, c->often)) return 0;
    c->often = *most;
    most->count = 0;
    return 1;
}

// ---- what Python calls ------------------------------------------------------------------------

PUBLIC void quantiles_free(counter *c) {
    if (!c) return;
    free(c->slots);
    free(c->pages);
    free(c->cells);
    free(c->window);
    free(c->map);
    free(c->recent);
    free(c->found);
    free(c);
}

// Counts everything, by the first `bits` bits. `keys`: what was counted before, ascending: their
// pages come first and in order, so that only new ones are sorted.
PUBLIC counter *quantiles_new(int bits, int64_t limit, const uint64_t *keys, int64_t n) {
    counter *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->shift = 64 - bits;
    c->group = bits == 64 ? 0 : 4;
    c->limit = limit;
    int64_t pages = 0;
    uint64_t last = EMPTY;
    for (int64_t i = 0; i < n; i++) {
        uint64_t page = keys[i] >> c->shift >> c->group;
        pages += page != last;
        last = page;
    }
    c->room = pages + pages / 4 + 64;
    c->log = 8;
    while (INT64_C(1) << c->log < c->room * 2) c->log++;
    c->slots = vacant(c->log);
    c->pages = malloc((size_t)c->room * sizeof *c->pages);
    c->cells = calloc((size_t)c->room << c->group, sizeof *c->cells);
    if (!c->slots || !c->pages || !c->cells) {
        quantiles_free(c);
        return NULL;
    }
    last = EMPTY;
    for (int64_t i = 0; i < n; i++) {
        uint64_t page = keys[i] >> c->shift >> c->group;
        if (page == last) continue;
        c->slots[place_of(c->slots, c->log, page)] = (slot){page, c->used};
        c->pages[c->used++] = last = page;
    }
    c->known = c->used;
    return c;
}

// Counts the keys that share their first `base` bits with one of `buckets`, by `bits` bits.
PUBLIC counter *quantiles_among(int bits, int base, const uint64_t *buckets, int64_t n) {
    counter *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->shift = 64 - bits;
    c->skip = 64 - base;
    c->log = 8;
    while (INT64_C(1) << c->log < n * 16) c->log++;
    c->room = 1024;
    c->often.key = SIGN >> c->shift << c->shift;
    c->slots = vacant(c->log);
    c->map = calloc(MAP + 1, sizeof *c->map);
    c->recent = calloc(INT64_C(1) << RECENT, sizeof *c->recent);
    c->found = malloc((size_t)c->room * sizeof *c->found);
    if (!c->slots || !c->map || !c->recent || !c->found) {
        quantiles_free(c);
        return NULL;
    }
    for (int64_t i = 0; i < n; i++) {
        uint64_t number = buckets[i] >> c->skip;
        c->slots[place_of(c->slots, c->log, number)] = (slot){number, i};
        c->map[number & (MAP - 1)] = 1;
    }
    return c;
}

static int count(counter *c, values some, int *seen) {
    if (!c->skip) return tally_block(c, some, seen);
    for (int64_t i = 0; i < some.n; i += CHUNK)
        if (!pick(c, from(some, i, CHUNK), seen)) return 0;
    return !c->elected && some.n == BLOCK ? elect(c) : 1;
}

typedef struct {
    const char *data;
    int64_t down, across;
    loader loader;
} table;

// Some rows of up to TOGETHER features, one feature after the other. By tiles, so that a row-major
// table comes from memory once.
static void load(const table *t, counter **counters, int64_t features, int64_t rows, char *block) {
    for (int64_t start = 0; start < rows; start += TILE) {
        int64_t n = rows - start < TILE ? rows - start : TILE;
        for (int64_t f = 0; f < features; f++) {
            if (!counters[f] || counters[f]->overflow) continue;
            char *to = block + (f * BLOCK + start) * t->loader.size;
            t->loader.load(t->data + start * t->down + f * t->across, t->down, n, to);
        }
    }
}

// Feeds each feature's values to its counter; a feature without one is left out. At most 2**32 - 1
// rows in the life of a counter. What was seen: INFINITE, NO_ROOM, or both. A counter gets a block
// of values at a time: all of them together are larger than the cache.
PUBLIC int quantiles_feed(counter **counters, int64_t features, const char *data, int type,
                          int64_t rows, int64_t down, int64_t across) {
    int64_t together = features < TOGETHER ? features : TOGETHER;
    char *block = malloc((size_t)together * BLOCK * (size_t)LOADERS[type].size);
    int seen = block ? 0 : NO_ROOM;
    for (int64_t first = 0; first < features && !(seen & NO_ROOM); first += together) {
        int64_t some = features - first < together ? features - first : together;
        for (int64_t start = 0; start < rows; start += BLOCK) {
            table t = {data + start * down + first * across, down, across, LOADERS[type]};
            int64_t n = rows - start < BLOCK ? rows - start : BLOCK;
            load(&t, counters + first, some, n, block);
            for (int64_t f = 0; f < some; f++) {
                counter *c = counters[first + f];
                if (!c || c->overflow) continue;
                values mine = {block + f * BLOCK * t.loader.size, t.loader.size, n};
                if (!count(c, mine, &seen)) seen |= NO_ROOM;
            }
        }
    }
    free(block);
    return seen;
}

// Adds what was counted to the `n` known counts, and takes it from the cells. How many cells are
// left, all of them new; -1 after an overflow, -2 without memory.
PUBLIC int64_t quantiles_add(counter *c, const uint64_t *keys, const int64_t *counts, int64_t n,
                             int64_t *to_counts) {
    if (c->overflow) return -1;
    // Their places in the window aren't those of their keys.
    for (int i = ZERO; c->window && i <= ATOM; i++) {
        if (!c->window[i]) continue;
        uint64_t key = i == ZERO ? SIGN : key_of_bits(c->atom);
        if (!tally_many(c, key, c->window[i])) return -2;
        if (c->overflow) return -1;
        c->window[i] = 0;
    }
    const uint64_t low = (UINT64_C(1) << c->group) - 1;
    uint32_t *cells = c->cells;
    int64_t place = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t cell = keys[i] >> c->shift;
        // Their pages came first, in this order.
        place += c->pages[place] != cell >> c->group;
        uint32_t *mine = cells + ((uint64_t)place << c->group) + (cell & low);
        to_counts[i] = counts[i] + *mine;
        *mine = 0;
        uint64_t there = within(c, keys[i]);
        if (!c->window || there >= WINDOW) continue;
        there += keys[i] & SIGN ? 0 : WINDOW;
        to_counts[i] += c->window[there];
        c->window[there] = 0;
    }
    if (c->window && !close_window(c)) return -2;
    if (c->overflow) return -1;
    cells = c->cells;
    int64_t left = 0, all = c->used << c->group;
    for (int64_t i = 0; i < all; i++) left += cells[i] != 0;
    return left;
}

// The cells of a page that are left; how many were written.
static int64_t write_page(const counter *c, slot page, pair *to) {
    const uint32_t *cells = c->cells + ((uint64_t)page.place << c->group);
    int64_t written = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << c->group; i++)
        if (cells[i]) to[written++] = (pair){((page.number << c->group) + i) << c->shift, cells[i]};
    return written;
}

// Pages by their numbers, a byte at a time from the last one on; `spare` has room for as many.
static void sort(slot *pages, slot *spare, int64_t n) {
    uint64_t all = 0;
    for (int64_t i = 1; i < n; i++) all |= pages[i].number ^ pages[0].number;
    slot *from = pages, *to = spare;
    for (int shift = 0; shift < 64; shift += 8) {
        if (!(all >> shift & 255)) continue;
        int64_t ends[257] = {0};
        for (int64_t i = 0; i < n; i++) ends[(from[i].number >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++) ends[i + 1] += ends[i];
        for (int64_t i = 0; i < n; i++) to[ends[from[i].number >> shift & 255]++] = from[i];
        slot *other = from;
        from = to;
        to = other;
    }
    if (from != pages) memcpy(pages, from, (size_t)n * sizeof *pages);
}

// The cells that are left, ascending.
static int write_left(const counter *c, pair *to) {
    int64_t fresh = c->used - c->known, mine = 0, theirs = 0;
    slot *pages = malloc((size_t)(fresh + 1) * 2 * sizeof *pages);
    if (!pages) return 0;
    for (int64_t i = 0; i < fresh; i++) pages[i] = (slot){c->pages[c->known + i], c->known + i};
    sort(pages, pages + fresh + 1, fresh);
    while (mine < c->known || theirs < fresh) {
        int old = theirs == fresh || (mine < c->known && c->pages[mine] < pages[theirs].number);
        to += write_page(c, old ? (slot){c->pages[mine], mine} : pages[theirs], to);
        mine += old;
        theirs += !old;
    }
    free(pages);
    return 1;
}

// The `left` cells that `quantiles_add` left and the `n` known keys, together: ascending, each key
// once. -1 without memory.
PUBLIC int quantiles_take(const counter *c, int64_t left, const uint64_t *keys,
                          const int64_t *counts, int64_t n, uint64_t *to_keys,
                          int64_t *to_counts) {
    pair *more = malloc((size_t)(left + 1) * sizeof *more);
    if (!more || !write_left(c, more)) {
        free(more);
        return -1;
    }
    int64_t next = 0;
    for (int64_t i = 0; i <= left; i++) {
        int64_t end = next;
        while (end < n && (i == left || keys[end] < more[i].key)) end++;
        memcpy(to_keys + i + next, keys + next, (size_t)(end - next) * sizeof *keys);
        memcpy(to_counts + i + next, counts + next, (size_t)(end - next) * sizeof *counts);
        next = end;
        if (i == left) break;
        to_keys[i + next] = more[i].key;
        to_counts[i + next] = more[i].count;
    }
    free(more);
    return 0;
}

// With buckets: how many pairs there are; -1 without memory.
PUBLIC int64_t quantiles_pairs(counter *c) {
    if (c->often.count && wanted(c, c->often.key) && !keep(c, c->often)) return -1;
    c->often.count = 0;
    for (int64_t i = 0; i < INT64_C(1) << RECENT; i++) {
        if (c->recent[i].count && !keep(c, c->recent[i])) return -1;
        c->recent[i].count = 0;
    }
    return c->used;
}

// With buckets: the pairs.
PUBLIC void quantiles_take_pairs(const counter *c, uint64_t *to_keys, int64_t *to_counts) {
    for (int64_t i = 0; i < c->used; i++) {
        to_keys[i] = c->found[i].key;
        to_counts[i] = c->found[i].count;
    }
}
