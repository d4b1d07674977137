/* Wide fixed-point numbers (Kulisch's accumulator): what any double adds to without a rounding.
   Digits of 32 bits stand in 64, so that carries can wait for fewer than 2^31 additions. */

#ifndef SAMESCALE_NUMBER_H
#define SAMESCALE_NUMBER_H

#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#define SUM_DIGITS 72
#define SQUARE_DIGITS 140
#define SUM_UNIT 1074 /* a sum is in units of 2^-1074, a sum of squares of 2^-2148 */
#define SQUARE_UNIT 2148

typedef struct {
    int64_t *digits;
    int32_t first, last; /* the digits that aren't zero are within these; last < 0 if all are */
} number;

/* Add value * 2^bit units. */
INLINE void add(number *n, int64_t value, int bit)
{
    int place = bit >> 5;
    __int128 shifted = (__int128)value * ((int64_t)1 << (bit & 31));
    n->digits[place] += (int64_t)(uint32_t)shifted;
    n->digits[place + 1] += (int64_t)(uint32_t)(shifted >> 32);
    n->digits[place + 2] += (int64_t)(shifted >> 64);
    n->first = place < n->first ? place : n->first;
    n->last = place + 2 > n->last ? place + 2 : n->last;
}

/* A finite double as a whole number times 2^exponent, exponent >= -1074. */
INLINE int64_t split(double value, int *exponent)
{
    int64_t raw, mantissa;
    memcpy(&raw, &value, 8);
    int biased = (int)(raw >> 52) & 0x7ff;
    mantissa = (raw & 0xfffffffffffff) | (int64_t)(biased != 0) << 52;
    *exponent = (biased ? biased : 1) - 1075;
    return (mantissa ^ raw >> 63) - (raw >> 63);
}

INLINE void add_double(number *n, double value, int unit)
{
    int exponent;
    int64_t mantissa = split(value, &exponent);
    if (mantissa)
        add(n, mantissa, exponent + unit);
}

/* Add value * 2^bit units, value of 128 bits without a sign. */
INLINE void add_long(number *n, unsigned __int128 value, int bit)
{
    int place = bit >> 5, shift = bit & 31;
    int64_t *digits = n->digits + place;
    uint64_t low = (uint64_t)value, high = (uint64_t)(value >> 64);
    uint64_t middle = high << shift | (low >> 1) >> (63 - shift);
    low <<= shift;
    digits[0] += (int64_t)(uint32_t)low;
    digits[1] += (int64_t)(low >> 32);
    digits[2] += (int64_t)(uint32_t)middle;
    digits[3] += (int64_t)(middle >> 32);
    digits[4] += (int64_t)((high >> 1) >> (63 - shift));
    n->first = place < n->first ? place : n->first;
    n->last = place + 4 > n->last ? place + 4 : n->last;
}

/* Let the carries through: digits of 32 bits in two's complement, the last one with the sign. */
static void settle(number *n, int size)
{
    if (n->last < 0)
        return;
    int64_t carry = 0;
    int place = n->first;
    for (; place < size - 1 && (place <= n->last || (carry != 0 && carry != -1)); place++) {
        int64_t digit = n->digits[place] + carry;
        n->digits[place] = digit & 0xffffffff;
        carry = digit >> 32;
    }
    n->digits[place] += carry;
    n->last = place;
}

/* The digits, and the place of the first and how many there are. */
static void give(const number *n, uint32_t *digits, int32_t *place)
{
    place[0] = n->last < 0 ? 0 : n->first;
    place[1] = n->last < 0 ? 0 : n->last + 1 - n->first;
    for (int i = 0; i < place[1]; i++)
        digits[i] = (uint32_t)n->digits[place[0] + i];
}

#endif
