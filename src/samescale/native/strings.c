/* Distinct strings and integers, counted.

   A table is open addressing over entries in the order in which they were met. A string of up to
   16 bytes is known by two words and its length (they cover all its bytes); of a longer one the
   words are hashes, and its bytes are compared. Nothing that is given out depends on the hash, so
   each table has its own salt: nobody can write data whose strings collide. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define SHORT 16
#define FIRST 1024
#define BLOCK 64
#define MOST 0x80000000ll /* an entry's number has 32 bits, and the table room for twice as many */

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;
typedef unsigned __int128 u128;

typedef struct {
    u64 low, high;
    const u8 *bytes;
    i64 length, row, count;
} Entry;

typedef struct {
    u64 first, second;
} Salt;

/* Arrow's buffers may begin anywhere. */
#define ANYWHERE __attribute__((aligned(1), may_alias))
typedef int32_t narrow_offset ANYWHERE;
typedef i64 large_offset ANYWHERE;

typedef struct {
    Salt salt;
    Entry *entries;
    u64 *slots; /* the upper half of a hash, and the entry's number plus 1; 0 is free */
    i64 used, room, bytes;
    u64 mask;
} Table;

typedef struct {
    u64 low, high, hash;
    const u8 *bytes;
    i64 length, row, count;
} Item;

static inline u64 word(const u8 *p) { u64 w; memcpy(&w, p, 8); return w; }
static inline u64 half(const u8 *p) { u32 w; memcpy(&w, p, 4); return w; }

static inline u64 fold(u64 a, u64 b)
{
    u128 product = (u128)a * b;
    return (u64)product ^ (u64)(product >> 64);
}

static inline u64 hash_of(Salt salt, u64 low, u64 high, u64 length)
{
    return fold(low ^ salt.first, fold(high ^ salt.second, length + salt.first));
}

/* Loads overlap, so that none reads beyond the string. */
static inline void digest(Item *item, Salt salt)
{
    const u8 *p = item->bytes;
    u64 n = (u64)item->length;
    if (n >= 8) {
        u64 a = word(p), b = word(p + n - 8);
        for (u64 i = 8; n > SHORT && i < n - 8; i += 8) {
            a = fold(a ^ salt.first, word(p + i) ^ salt.second);
            b = (b << 29 | b >> 35) + word(p + i);
        }
        item->low = a;
        item->high = b;
    } else if (n >= 4) {
        item->low = half(p) | half(p + n - 4) << 32;
        item->high = 0;
    } else {
        item->low = n ? p[0] | (u64)p[n >> 1] << 8 | (u64)p[n - 1] << 16 : 0;
        item->high = 0;
    }
    item->hash = hash_of(salt, item->low, item->high, n);
}

static inline int same(const Entry *e, const Item *x)
{
    return e->low == x->low && e->high == x->high && e->length == x->length &&
           (x->length <= SHORT || !memcmp(e->bytes, x->bytes, (size_t)x->length));
}

static inline void place(u64 *slots, u64 mask, u64 hash, i64 number)
{
    u64 at = hash & mask;
    while (slots[at])
        at = (at + 1) & mask;
    slots[at] = (hash & ~0xffffffffull) | (u64)(number + 1);
}

static int grow(Table *t, u64 mask)
{
    i64 room = (i64)((mask + 1) / 2);
    Entry *entries = realloc(t->entries, (size_t)room * sizeof(Entry));
    if (!entries)
        return -1;
    t->entries = entries;
    u64 *slots = calloc(mask + 1, sizeof(u64));
    if (!slots)
        return -1;
    for (i64 i = 0; i < t->used; i++) {
        const Entry *e = &entries[i];
        place(slots, mask, hash_of(t->salt, e->low, e->high, (u64)e->length), i);
    }
    free(t->slots);
    t->slots = slots;
    t->mask = mask;
    t->room = room;
    return 0;
}

/* The number of the entry, from 1 on, goes to its row among `codes`, where there are some. */
static inline int add(Table *t, const Item *x, i64 *codes)
{
    u64 at = x->hash & t->mask, tag = x->hash & ~0xffffffffull, slot;
    while ((slot = t->slots[at])) {
        if ((slot & ~0xffffffffull) == tag) {
            Entry *e = &t->entries[(slot & 0xffffffffull) - 1];
            if (same(e, x)) {
                e->count += x->count;
                if (codes)
                    codes[x->row] = (i64)(slot & 0xffffffffull);
                return 0;
            }
        }
        at = (at + 1) & t->mask;
    }
    t->entries[t->used] = (Entry){x->low, x->high, x->bytes, x->length, x->row, x->count};
    t->slots[at] = tag | (u64)(t->used + 1);
    t->used++;
    if (codes)
        codes[x->row] = t->used;
    t->bytes += x->length;
    return t->used == MOST ? -1 : t->used < t->room ? 0 : grow(t, t->mask * 4 + 3);
}

static inline void fetch(const Table *t, const Item *items, int many)
{
    for (int i = 0; i < many; i++) {
        u64 number = t->slots[items[i].hash & t->mask] & 0xffffffffull;
        if (number)
            __builtin_prefetch(&t->entries[number - 1]);
    }
}

/* The slots of a whole block are fetched before any of them is looked at, and so are entries. */
static inline int add_block(Table *t, Item *items, int many, i64 *codes)
{
    for (int i = 0; i < many; i++)
        digest(&items[i], t->salt);
    for (int i = 0; i < many; i++)
        __builtin_prefetch(&t->slots[items[i].hash & t->mask]);
    fetch(t, items, many);
    for (int i = 0; i < many; i++)
        if (add(t, &items[i], codes))
            return -1;
    return 0;
}

/* A table with room for some values; it grows where there are more. Its salt is two random words. */
EXPORT void *strings_new(i64 expected, u64 first, u64 second)
{
    Table *t = calloc(1, sizeof(Table));
    if (!t)
        return NULL;
    t->salt = (Salt){first, second};
    u64 mask = FIRST - 1;
    while ((i64)(mask / 2) < expected && expected < MOST)
        mask = mask * 2 + 1;
    if (grow(t, mask)) {
        free(t->entries);
        free(t);
        return NULL;
    }
    return t;
}

EXPORT void strings_free(Table *t)
{
    if (t) {
        free(t->entries);
        free(t->slots);
        free(t);
    }
}

EXPORT i64 strings_used(const Table *t) { return t->used; }
EXPORT i64 strings_bytes(const Table *t) { return t->bytes; }

/* Rows of Arrow text: offsets of 32 or 64 bits (`wide`) into `size` bytes; a row counts for its
   weight (1 without weights), or not at all where its bit, from `bit` on, isn't set. The bytes must
   stay where they are until the table is taken. A row that counts gets its string's number, from 1
   on, in `codes`. 0; -1 without memory; or 1 more than the first row that isn't within the bytes,
   for nothing tells a damaged array before. */
EXPORT i64 strings_add(Table *t, const void *offsets, int wide, const u8 *bytes, i64 size,
                       const u8 *valid, i64 bit, i64 rows, const i64 *weights, i64 *codes)
{
    const narrow_offset *narrow = offsets;
    const large_offset *large = offsets;
    Item items[BLOCK];
    int many = 0;
    for (i64 row = 0; row < rows; row++) {
        i64 count = weights ? weights[row] : 1;
        i64 place_ = bit + row;
        if (!count || (valid && !(valid[place_ >> 3] >> (place_ & 7) & 1)))
            continue;
        i64 start = wide ? large[row] : narrow[row];
        i64 stop = wide ? large[row + 1] : narrow[row + 1];
        if (start < 0 || stop < start || stop > size)
            return row + 1;
        Item *x = &items[many++];
        x->bytes = bytes + start;
        x->length = stop - start;
        x->row = row;
        x->count = count;
        if (many == BLOCK) {
            if (add_block(t, items, many, codes))
                return -1;
            many = 0;
        }
    }
    return add_block(t, items, many, codes);
}

/* Python's own strings; `utf8` is PyUnicode_AsUTF8AndSize, so the interpreter's lock is held, and
   the error that it set stands when this gives -2. `none` is no row, and neither is NULL, which NumPy
   takes for it. */
typedef const char *(*Utf8)(void *, ptrdiff_t *);

EXPORT int strings_add_objects(Table *t, void *const *rows, i64 many_rows, const void *none,
                               Utf8 utf8, i64 *codes)
{
    Item items[BLOCK];
    int many = 0;
    for (i64 row = 0; row < many_rows; row++) {
        if (rows[row] == none || !rows[row])
            continue;
        ptrdiff_t length = 0;
        const char *bytes = utf8(rows[row], &length);
        if (!bytes)
            return -2;
        Item *x = &items[many++];
        x->bytes = (const u8 *)bytes;
        x->length = length;
        x->row = row;
        x->count = 1;
        if (many == BLOCK) {
            if (add_block(t, items, many, codes))
                return -1;
            many = 0;
        }
    }
    return add_block(t, items, many, codes);
}

/* What was counted, in the order in which it was met: `used + 1` offsets, the bytes, the counts and
   the row where each was met first. */
EXPORT void strings_take(const Table *t, i64 *offsets, u8 *bytes, i64 *counts, i64 *rows)
{
    i64 at = 0;
    offsets[0] = 0;
    for (i64 i = 0; i < t->used; i++) {
        const Entry *e = &t->entries[i];
        memcpy(bytes + at, e->bytes, (size_t)e->length);
        at += e->length;
        offsets[i + 1] = at;
        counts[i] = e->count;
        rows[i] = e->row;
    }
}

static i64 sequence(const u8 *p, i64 left)
{
    u8 c = p[0];
    i64 n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (!n || n > left)
        return 0;
    for (i64 i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* The first string that is no UTF-8 text, or -1. */
EXPORT i64 strings_invalid(const i64 *offsets, const u8 *bytes, i64 many)
{
    u64 high = 0;
    i64 i = 0, size = many ? offsets[many] : 0;
    for (; i + 8 <= size; i += 8)
        high |= word(bytes + i);
    for (; i < size; i++)
        high |= bytes[i];
    if (!(high & 0x8080808080808080ull))
        return -1;
    for (i64 n = 0; n < many; n++)
        for (i64 at = offsets[n]; at < offsets[n + 1];) {
            i64 step = sequence(bytes + at, offsets[n + 1] - at);
            if (!step)
                return n;
            at += step;
        }
    return -1;
}

/* The bucket of each string among `bins`: steps 3 to 5 of `samescale.ir.hashing`. */
static inline u64 finalise(u64 h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
    return h ^ h >> 33;
}

static inline i64 reduce(u64 h, u64 bins) { return (i64)(((u128)h * bins) >> 64); }

#define PRIME 0x100000001b3ull

EXPORT void strings_buckets(const i64 *offsets, const u8 *bytes, i64 many, u64 seed, u64 bins,
                            i64 *buckets)
{
    for (i64 n = 0; n < many; n++) {
        u64 h = seed;
        for (i64 at = offsets[n]; at < offsets[n + 1]; at++)
            h = (h ^ bytes[at]) * PRIME;
        buckets[n] = reduce(finalise(h), bins);
    }
}

EXPORT void integers_buckets(const i64 *values, i64 many, u64 seed, u64 bins, i64 *buckets)
{
    for (i64 n = 0; n < many; n++) {
        char digits[20];
        int size = 0;
        u64 left = values[n] < 0 ? 0 - (u64)values[n] : (u64)values[n], h = seed;
        do
            digits[size++] = (char)('0' + left % 10);
        while (left /= 10);
        if (values[n] < 0)
            h = (h ^ '-') * PRIME;
        while (size)
            h = (h ^ (u8)digits[--size]) * PRIME;
        buckets[n] = reduce(finalise(h), bins);
    }
}

/* The order of strings: greater counts first, equal ones ascending by their bytes. A merge sort of
   places that carry their count and their first eight bytes, which mostly settle it. */
typedef struct {
    i64 count;
    u64 prefix;
    i64 place;
} Key;

static inline int after(const i64 *offsets, const u8 *bytes, const Key *a, const Key *b)
{
    if (a->count != b->count)
        return a->count < b->count;
    if (a->prefix != b->prefix)
        return a->prefix > b->prefix;
    i64 m = offsets[a->place + 1] - offsets[a->place];
    i64 n = offsets[b->place + 1] - offsets[b->place];
    int less = memcmp(bytes + offsets[a->place], bytes + offsets[b->place],
                      (size_t)(m < n ? m : n));
    return less ? less > 0 : m > n;
}

static u64 prefix(const u8 *bytes, i64 size)
{
    u64 found = 0;
    for (i64 i = 0; i < 8; i++)
        found = found << 8 | (i < size ? bytes[i] : 0);
    return found;
}

EXPORT int strings_sort(const i64 *offsets, const u8 *bytes, const i64 *counts, i64 many,
                        i64 *order)
{
    Key *keys = malloc((size_t)(2 * many + 1) * sizeof(Key));
    if (!keys)
        return -1;
    for (i64 i = 0; i < many; i++)
        keys[i] = (Key){counts[i], prefix(bytes + offsets[i], offsets[i + 1] - offsets[i]), i};
    for (i64 start = 0; start < many; start += 8) {
        i64 stop = start + 8 < many ? start + 8 : many;
        for (i64 i = start + 1; i < stop; i++) {
            Key one = keys[i];
            i64 j = i;
            for (; j > start && after(offsets, bytes, &keys[j - 1], &one); j--)
                keys[j] = keys[j - 1];
            keys[j] = one;
        }
    }
    Key *from = keys, *to = keys + many;
    for (i64 width = 8; width < many; width *= 2) {
        for (i64 start = 0; start < many; start += 2 * width) {
            i64 middle = start + width < many ? start + width : many;
            i64 stop = middle + width < many ? middle + width : many;
            i64 i = start, j = middle;
            for (i64 k = start; k < stop; k++)
                to[k] = i < middle && (j == stop || !after(offsets, bytes, &from[i], &from[j]))
                            ? from[i++]
                            : from[j++];
        }
        Key *other = from;
        from = to;
        to = other;
    }
    for (i64 i = 0; i < many; i++)
        order[i] = from[i].place;
    free(keys);
    return 0;
}

EXPORT void strings_gather(const i64 *offsets, const u8 *bytes, const i64 *order, i64 many,
                           i64 *to_offsets, u8 *to_bytes)
{
    i64 at = 0;
    to_offsets[0] = 0;
    for (i64 n = 0; n < many; n++) {
        i64 start = offsets[order[n]], size = offsets[order[n] + 1] - start;
        memcpy(to_bytes + at, bytes + start, (size_t)size);
        at += size;
        to_offsets[n + 1] = at;
    }
}

/* Distinct integers of 64 bits, counted by the same table: an integer is a word of its own. */
EXPORT int integers_add(Table *t, const i64 *values, i64 many, const i64 *weights, i64 *codes)
{
    for (i64 start = 0; start < many; start += BLOCK) {
        i64 stop = start + BLOCK < many ? start + BLOCK : many;
        Item items[BLOCK];
        for (i64 i = start; i < stop; i++) {
            Item *x = &items[i - start];
            *x = (Item){(u64)values[i], 0, 0, NULL, 8, i, weights ? weights[i] : 1};
            x->hash = hash_of(t->salt, x->low, 0, 8);
            __builtin_prefetch(&t->slots[x->hash & t->mask]);
        }
        fetch(t, items, (int)(stop - start));
        for (i64 i = start; i < stop; i++)
            if (add(t, &items[i - start], codes))
                return -1;
    }
    return 0;
}

EXPORT void integers_take(const Table *t, i64 *values, i64 *counts)
{
    for (i64 i = 0; i < t->used; i++) {
        values[i] = (i64)t->entries[i].low;
        counts[i] = t->entries[i].count;
    }
}

/* How often each code of a dictionary of `size` entries occurs, added to `counts`. A code is an
   integer of `width` bytes; one of no entry, or too great for 64 bits with a sign, is refused.
   Gives the first row whose code isn't in the dictionary, or -1. */
#define CODES(type)                                                                                \
    for (i64 row = 0; row < rows; row++) {                                                         \
        typedef type anywhere ANYWHERE;                                                            \
        i64 code = (i64)((const anywhere *)codes)[row];                                            \
        if (valid && !(valid[(bit + row) >> 3] >> ((bit + row) & 7) & 1))                          \
            continue;                                                                              \
        if ((u64)code >= (u64)size)                                                                \
            return row;                                                                            \
        counts[code]++;                                                                            \
    }                                                                                              \
    break

EXPORT i64 codes_add(const void *codes, int width, int is_signed, const u8 *valid, i64 bit,
                     i64 rows, i64 *counts, i64 size)
{
    switch (width * 2 + !!is_signed) {
    case 2: CODES(u8);
    case 3: CODES(int8_t);
    case 4: CODES(uint16_t);
    case 5: CODES(int16_t);
    case 8: CODES(u32);
    case 9: CODES(int32_t);
    default: CODES(i64);
    }
    return -1;
}
