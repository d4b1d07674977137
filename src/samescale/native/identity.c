/* The distinct objects of an array, told apart by where they lie and by nothing else: a column of
   text that was read or joined holds few objects many times.

   The addresses are compared and never followed. */

#include <stdint.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t u64;
typedef int64_t i64;

typedef struct {
    u64 address;
    i64 code;
} Slot;

static inline u64 place(u64 address, int shift) {
    return (address * 0x9E3779B97F4A7C15ull) >> shift; /* 2^64 over the golden ratio: Knuth 6.4 */
}

/* Gives each entry the number of its object, from 0 in the order in which they are met, and each
   object the first row that has it. Returns how many objects there are; -1 where there are more
   than `most` (a power of two), -2 without memory. */
EXPORT i64 identity_codes(const u64 *entries, i64 count, i64 most, i64 *codes, i64 *firsts) {
    int bits = 1;
    while ((1ll << bits) < 2 * most)
        bits++;
    Slot *slots = calloc((size_t)1 << bits, sizeof *slots);
    if (!slots)
        return -2;
    u64 mask = ((u64)1 << bits) - 1;
    i64 found = 0;
    for (i64 row = 0; row < count; row++) {
        u64 address = entries[row], at = place(address, 64 - bits);
        while (slots[at].address && slots[at].address != address)
            at = (at + 1) & mask;
        if (!slots[at].address) {
            if (found == most) {
                found = -1;
                break;
            }
            slots[at] = (Slot){address, found};
            firsts[found++] = row;
        }
        codes[row] = slots[at].code;
    }
    free(slots);
    return found;
}
