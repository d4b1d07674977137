// Values counted by their ordered bits: what statistics/_ordered.py does with NumPy, to the bit.
//
// A counter is made for each feature, is fed with tables of values, and gives what it counted.

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PUBLIC __attribute__((visibility("default")))

enum { TILE = 512, BLOCK = 8192, TOGETHER = 32, RECENT = 11, WINDOW = 1 << 14, MAP = 1 << 14 };
static const uint64_t SIGN = UINT64_C(1) << 63;
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
    uint32_t *window;  // the cells of WINDOW magnitudes from `lowest` on, of both signs in turn
    uint64_t lowest;
    uint64_t *map;  // with buckets: a bit for each that may be met, by the last bits of its number
    pair *recent;  // with buckets: the keys that were met last
    pair *found;   // with buckets: keys and counts, in no order, a key more than once
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

// A key without its sign: keys of values that differ in it only are the same.
static inline uint64_t magnitude(uint64_t key) { return (key ^ ~-(key >> 63)) & ~SIGN; }

// Most values are within some powers of 2 of the greatest. Their cells need no search.
static int open_window(counter *c, const uint64_t *keys, int64_t n) {
    uint64_t most = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t one = magnitude(keys[i]);
        most = one > most ? one : most;
    }
    most >>= c->shift;
    // Some room above, for greater ones to come.
    c->lowest = most < WINDOW / 8 * 7 ? 0 : most - WINDOW / 8 * 7;
    c->window = calloc(2 * WINDOW + 1, sizeof *c->window);
    return c->window != NULL;
}

static int tally_most(counter *c, uint64_t *keys, int64_t n) {
    if (!c->window && !open_window(c, keys, n)) return 0;
    const int shift = c->shift;
    const uint64_t lowest = c->lowest;
    uint32_t *window = c->window;
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t key = keys[i], place = (magnitude(key) >> shift) - lowest;
        // Without a branch: half of a column may be zero. The last cell is for whatever is outside.
        uint64_t outside = place >= WINDOW;
        window[outside ? 2 * WINDOW : place * 2 + (key >> 63)]++;
        keys[left] = key;
        left += (int64_t)outside;
    }
    return tally(c, keys, left);
}

// What is left in the window, into the cells.
static int close_window(counter *c) {
    for (uint64_t i = 0; c->window && i < 2 * WINDOW; i++) {
        if (i % 8 == 0) {
            uint32_t some = 0;
            for (int k = 0; k < 8; k++) some |= c->window[i + k];
            if (!some) i += 7;
        }
        if (!c->window[i]) continue;
        uint64_t key = (c->lowest + i / 2) << c->shift;
        key = i & 1 ? key | SIGN : (key ^ ~SIGN) >> c->shift << c->shift;
        if (!tally(c, &key, 1)) return 0;
        if (c->overflow) return 1;
        uint64_t cell = key >> c->shift, at = place_of(c->slots, c->log, cell >> c->group);
        uint64_t low = cell & ((UINT64_C(1) << c->group) - 1);
        c->cells[((uint64_t)c->slots[at].place << c->group) + low] += c->window[i] - 1;
        c->window[i] = 0;
    }
    return 1;
}

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

// Most keys are in no bucket, and most of the others new: a key that comes often is counted in
// `recent` until another one takes its place.
static int pick(counter *c, uint64_t *keys, int64_t n) {
    const slot *slots = c->slots;
    const int log = c->log, skip = c->skip, shift = c->shift;
    const uint64_t *map = c->map;
    uint8_t hits[BLOCK];
    for (int64_t i = 0; i < n; i++) {
        uint64_t bit = (keys[i] >> skip) & (MAP - 1);
        hits[i] = (uint8_t)(map[bit >> 6] >> (bit & 63) & 1);
    }
    memset(hits + n, 0, (size_t)(-n & 7));
    int64_t left = 0, many = 0;
    for (int64_t i = 0; i < n; i++) many += hits[i];
    for (int64_t i = 0; many > n / 16 && i < n; i++) {
        keys[left] = keys[i];
        left += hits[i];
    }
    for (int64_t i = 0; many <= n / 16 && i < n; i += 8) {
        uint64_t some;
        memcpy(&some, hits + i, sizeof some);
        for (int64_t k = i; some; some >>= 8, k++)
            if (some & 1) keys[left++] = keys[k];
    }
    for (int64_t i = 0; i < left; i++) {
        if (slots[place_of(slots, log, keys[i] >> skip)].number == EMPTY) continue;
        uint64_t key = keys[i] >> shift << shift;
        pair *last = c->recent + home(key, RECENT);
        if (last->key != key) {
            if (last->count && !keep(c, *last)) return 0;
            *last = (pair){key, 0};
        }
        last->count++;
    }
    return 1;
}

// ---- values to keys ---------------------------------------------------------------------------

static inline uint64_t bits_of(double value) {
    uint64_t bits;
    value += 0.0;  // -0.0 is 0.0
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint64_t key_of(uint64_t bits) { return bits ^ (-(bits >> 63) | SIGN); }

// Bit 11 is set for an infinity and a NaN.
static inline uint64_t oddness(uint64_t bits) { return (bits >> 52 & 0x7ff) + 1; }

// The keys of n values; how many there are without NaN.
#define LOAD(NAME, TYPE)                                                                           \
    static int64_t NAME(const char *from, int64_t stride, int64_t n, uint64_t *keys, int *seen) {  \
        uint64_t odd = 0;                                                                          \
        if (stride == sizeof(TYPE)) {                                                              \
            const TYPE *values = (const TYPE *)from;                                               \
            for (int64_t i = 0; i < n; i++) {                                                      \
                uint64_t bits = bits_of((double)values[i]);                                        \
                odd |= oddness(bits);                                                              \
                keys[i] = key_of(bits);                                                            \
            }                                                                                      \
        } else {                                                                                   \
            for (int64_t i = 0; i < n; i++) {                                                      \
                uint64_t bits = bits_of((double)*(const TYPE *)(from + i * stride));               \
                odd |= oddness(bits);                                                              \
                keys[i] = key_of(bits);                                                            \
            }                                                                                      \
        }                                                                                          \
        return odd >> 11 ? without_nan(keys, n, seen) : n;                                         \
    }

static int64_t without_nan(uint64_t *keys, int64_t n, int *seen) {
    const uint64_t most = key_of(bits_of(INFINITY)), least = key_of(bits_of(-INFINITY));
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t key = keys[i];
        keys[left] = key;
        left += key >= least && key <= most;
        *seen |= key == least || key == most ? INFINITE : 0;
    }
    return left;
}

LOAD(load_f4, float)
LOAD(load_f8, double)
LOAD(load_i1, int8_t)
LOAD(load_i2, int16_t)
LOAD(load_i4, int32_t)
LOAD(load_i8, int64_t)
LOAD(load_u1, uint8_t)
LOAD(load_u2, uint16_t)
LOAD(load_u4, uint32_t)
LOAD(load_u8, uint64_t)

typedef int64_t (*loader)(const char *, int64_t, int64_t, uint64_t *, int *);

// In the order of TYPES in quantiles.py.
static const loader LOADERS[] = {load_f4, load_f8, load_i1, load_i2, load_i4,
                                 load_i8, load_u1, load_u2, load_u4, load_u8};

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
    c->slots = vacant(c->log);
    c->map = calloc(MAP / 64, sizeof *c->map);
    c->recent = calloc(INT64_C(1) << RECENT, sizeof *c->recent);
    c->found = malloc((size_t)c->room * sizeof *c->found);
    if (!c->slots || !c->map || !c->recent || !c->found) {
        quantiles_free(c);
        return NULL;
    }
    for (int64_t i = 0; i < n; i++) {
        uint64_t number = buckets[i] >> c->skip;
        c->slots[place_of(c->slots, c->log, number)] = (slot){number, i};
        c->map[(number & (MAP - 1)) >> 6] |= UINT64_C(1) << (number & 63);
    }
    return c;
}

static int count(counter *c, uint64_t *keys, int64_t n) {
    if (c->skip) return pick(c, keys, n);
    // A window has its price, and distinct values lie in no window.
    return c->group && (c->window || n == BLOCK) ? tally_most(c, keys, n) : tally(c, keys, n);
}

typedef struct {
    const char *data;
    int64_t down, across;
    loader load;
} table;

// The keys of some rows of up to TOGETHER features, one feature after the other. By tiles, so that
// a row-major table comes from memory once.
static void load(const table *t, counter **counters, int64_t features, int64_t rows,
                 uint64_t *keys, int64_t *left, int *seen) {
    for (int64_t f = 0; f < features; f++) left[f] = 0;
    for (int64_t start = 0; start < rows; start += TILE) {
        int64_t n = rows - start < TILE ? rows - start : TILE;
        for (int64_t f = 0; f < features; f++) {
            if (!counters[f] || counters[f]->overflow) continue;
            const char *from = t->data + start * t->down + f * t->across;
            left[f] += t->load(from, t->down, n, keys + f * BLOCK + left[f], seen);
        }
    }
}

// Feeds each feature's values to its counter; a feature without one is left out. At most 2**32 - 1
// rows in the life of a counter. What was seen: INFINITE, NO_ROOM, or both. A counter gets a block
// of keys at a time: all of them together are larger than the cache.
PUBLIC int quantiles_feed(counter **counters, int64_t features, const char *data, int type,
                          int64_t rows, int64_t down, int64_t across) {
    int64_t together = features < TOGETHER ? features : TOGETHER, left[TOGETHER];
    uint64_t *keys = malloc((size_t)together * BLOCK * sizeof *keys);
    int seen = keys ? 0 : NO_ROOM;
    for (int64_t first = 0; first < features && !(seen & NO_ROOM); first += together) {
        int64_t some = features - first < together ? features - first : together;
        for (int64_t start = 0; start < rows; start += BLOCK) {
            const char *from = data + start * down + first * across;
            table t = {from, down, across, LOADERS[type]};
            int64_t n = rows - start < BLOCK ? rows - start : BLOCK;
            load(&t, counters + first, some, n, keys, left, &seen);
            for (int64_t f = 0; f < some; f++) {
                counter *c = counters[first + f];
                if (!left[f]) continue;
                uint64_t *mine = keys + f * BLOCK;
                if (!count(c, mine, left[f])) seen |= NO_ROOM;
            }
        }
    }
    free(keys);
    return seen;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = ((const slot *)a)->number, y = ((const slot *)b)->number;
    return (x > y) - (x < y);
}

// Adds what was counted to the `n` known counts, and takes it from the cells. How many cells are
// left, all of them new; -1 after an overflow, -2 without memory.
PUBLIC int64_t quantiles_add(counter *c, const uint64_t *keys, const int64_t *counts, int64_t n,
                             int64_t *to_counts) {
    if (c->overflow) return -1;
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
        uint64_t there = (magnitude(keys[i]) >> c->shift) - c->lowest;
        if (!c->window || there >= WINDOW) continue;
        to_counts[i] += c->window[there * 2 + (keys[i] >> 63)];
        c->window[there * 2 + (keys[i] >> 63)] = 0;
    }
    if (!close_window(c)) return -2;
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

// The cells that are left, ascending.
static int write_left(const counter *c, pair *to) {
    int64_t fresh = c->used - c->known, mine = 0, theirs = 0;
    slot *pages = malloc((size_t)(fresh + 1) * sizeof *pages);
    if (!pages) return 0;
    for (int64_t i = 0; i < fresh; i++) pages[i] = (slot){c->pages[c->known + i], c->known + i};
    qsort(pages, (size_t)fresh, sizeof *pages, ascending);
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
