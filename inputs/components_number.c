/* Doubles as decimal texts, fast both ways: the fewest digits that read back the same (R. Giulietti, "The Schubfach way to
   render doubles", 2020), and reading with one rounding where the digits fit a double (W. D. Clinger, "How to read floating
   point numbers accurately", 1990, section 3). */
#include "inputs/components_impl.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 Wide;

typedef struct {
  uint64_t high, low;
} Power;

#define POWER_MIN -292
#define POWER_MAX 324
#define LIMBS 40 /* of 32 bits */

static Power power_of_ten[POWER_MAX - POWER_MIN + 1];

/* The 128 leading bits of a natural number, rounded up when asked for or when bits are lost. */
static Power Leading(const uint32_t *limb, int n, int up)
{
  int      top  = n - 1;
  Wide     bits = 0;
  uint32_t lost = 0;
  int      shift;
  while (!limb[top]) top--;
  for (int k = 0; k < 4; k++) bits = bits << 32 | (top - k >= 0 ? limb[top - k] : 0);
  shift = __builtin_clz(limb[top]);
  if (shift) {
    uint32_t next = top - 4 >= 0 ? limb[top - 4] : 0;
    bits          = bits << shift | next >> (32 - shift);
    lost          = next << shift;
  } else if (top - 4 >= 0) {
    lost = limb[top - 4];
  }
  for (int k = top - 5; k >= 0; k--) lost |= limb[k];
  if (up || lost) bits++;
  return (Power){(uint64_t)(bits >> 64), (uint64_t)bits};
}

static void MakePowers(void)
{
  uint32_t limb[LIMBS] = {1};
  for (int k = 0; k <= POWER_MAX; k++) {
    uint64_t carry              = 0;
    power_of_ten[k - POWER_MIN] = Leading(limb, LIMBS, 0);
    for (int i = 0; i < LIMBS; i++) {
      carry += (uint64_t)limb[i] * 10;
      limb[i] = (uint32_t)carry;
      carry >>= 32;
    }
  }
  memset(limb, 0, sizeof limb);
  limb[LIMBS - 1] = 1u << 31; /* a power of two; its tenths, cut off, keep enough bits */
  for (int k = -1; k >= POWER_MIN; k--) {
    uint64_t rest = 0;
    for (int i = LIMBS - 1; i >= 0; i--) {
      rest    = rest << 32 | limb[i];
      limb[i] = (uint32_t)(rest / 10);
      rest %= 10;
    }
    power_of_ten[k - POWER_MIN] = Leading(limb, LIMBS, 1);
  }
}

/* The product's upper part, its last bit set when anything was cut off. */
static inline uint64_t RoundToOdd(Power g, uint64_t c)
{
  Wide low = (Wide)g.low * c, high = (Wide)g.high * c + (uint64_t)(low >> 64);
  return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static inline int FloorLog10Pow2(int e)
{
  return (e * 1262611) >> 22;
}

static inline int FloorLog2Pow10(int e)
{
  return (e * 1741647) >> 19;
}

/* digits x 10^exponent, the shortest in the interval that rounds to c x 2^q, and of these the nearest. */
static uint64_t ShortestDigits(uint64_t c, int q, int lower_is_closer, int *exponent)
{
  const int      k = lower_is_closer ? (q * 1262611 - 524031) >> 22 : FloorLog10Pow2(q);
  const int      h = q + FloorLog2Pow10(-k) + 1, odd = (int)(c & 1);
  const Power    g     = power_of_ten[-k - POWER_MIN];
  const uint64_t lower = RoundToOdd(g, (4 * c - 2 + (uint64_t)lower_is_closer) << h) + (uint64_t)odd;
  const uint64_t value = RoundToOdd(g, (4 * c) << h);
  const uint64_t upper = RoundToOdd(g, (4 * c + 2) << h) - (uint64_t)odd;
  const uint64_t s     = value / 4;
  int            below, above;
  *exponent = k;
  if (s >= 10) {
    const uint64_t tens = s / 10;
    below               = lower <= 40 * tens;
    above               = 40 * tens + 40 <= upper;
    if (below != above) {
      *exponent = k + 1;
      return tens + (uint64_t)above;
    }
  }
  below = lower <= 4 * s;
  above = 4 * s + 4 <= upper;
  if (below != above) return s + (uint64_t)above;
  return s + (value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1)));
}

static int WriteDigits(uint64_t digits, char *text)
{
  static const char pair[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                             "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                             "8081828384858687888990919293949596979899";
  char              reversed[24], *at = reversed + sizeof reversed;
  int               n;
  while (digits >= 100) {
    at -= 2;
    memcpy(at, pair + 2 * (digits % 100), 2);
    digits /= 100;
  }
  if (digits >= 10) {
    at -= 2;
    memcpy(at, pair + 2 * digits, 2);
  } else {
    *--at = (char)('0' + digits);
  }
  n = (int)(reversed + sizeof reversed - at);
  memcpy(text, at, (size_t)n);
  return n;
}

/* n digits with the point after the first `point`: plain between 1e-4 and 1e16, else with an exponent, as Python writes. */
static int Arrange(const char *digit, int n, int point, char *text)
{
  char *at = text;
  if (point > 16 || point < -3) {
    int e = point - 1;
    *at++ = digit[0];
    if (n > 1) {
      *at++ = '.';
      memcpy(at, digit + 1, (size_t)n - 1);
      at += n - 1;
    }
    *at++ = 'e';
    *at++ = e < 0 ? '-' : '+';
    e     = abs(e);
    if (e < 10) *at++ = '0';
    return (int)(at - text) + WriteDigits((uint64_t)e, at);
  }
  if (point <= 0) {
    *at++ = '0';
    *at++ = '.';
    for (int k = point; k < 0; k++) *at++ = '0';
    memcpy(at, digit, (size_t)n);
    return (int)(at - text) + n;
  }
  memcpy(at, digit, (size_t)PetscMin(n, point));
  memset(at + PetscMin(n, point), '0', (size_t)PetscMax(point - n, 0));
  at[point] = '.';
  if (n <= point) {
    at[point + 1] = '0';
    return point + 2;
  }
  memcpy(at + point + 1, digit + point, (size_t)(n - point));
  return n + 1;
}

static int WriteFinite(double magnitude, char *text)
{
  char     digit[24];
  uint64_t bits, fraction, digits;
  int      biased, exponent = 0, n;
  memcpy(&bits, &magnitude, sizeof bits);
  fraction = bits & ((UINT64_C(1) << 52) - 1);
  biased   = (int)(bits >> 52);
  if (magnitude < 9007199254740992.0 && magnitude == (double)(uint64_t)magnitude) {
    digits = (uint64_t)magnitude;
  } else {
    if (!power_of_ten[0].high) MakePowers();
    digits = biased ? ShortestDigits(fraction | UINT64_C(1) << 52, biased - 1075, !fraction && biased > 1, &exponent)
                    : ShortestDigits(fraction, -1074, 0, &exponent);
  }
  n = WriteDigits(digits, digit);
  exponent += n;
  while (n > 1 && digit[n - 1] == '0') n--;
  return Arrange(digit, n, exponent, text);
}

int RealToText(PetscReal value, char text[REAL_TEXT_SIZE])
{
  int sign = 0;
  if (isnan(value)) {
    memcpy(text, "nan", 4);
    return 3;
  }
  if (signbit(value)) text[sign++] = '-';
  if (isinf(value)) {
    memcpy(text + sign, "inf", 4);
    return sign + 3;
  }
  return sign + WriteFinite(fabs(value), text + sign);
}

/* Powers of ten that are doubles. */
static const double exact_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const char *SlowNumber(const char *text, PetscReal *value)
{
  char *end;
  *value = strtod(text, &end);
  return end == text || isinf(*value) ? NULL : end;
}

const char *TextToDouble(const char *text, PetscReal *value)
{
  const char *at = text + (*text == '-' || *text == '+'), *first = at;
  uint64_t    digits = 0;
  int         n = 0, exponent = 0;
  for (; *at >= '0' && *at <= '9'; at++, n++) digits = digits * 10 + (uint64_t)(*at - '0');
  if (*at == '.') {
    for (at++; *at >= '0' && *at <= '9'; at++, n++, exponent--) digits = digits * 10 + (uint64_t)(*at - '0');
  }
  if (!n || (first[0] == '0' && (first[1] == 'x' || first[1] == 'X'))) return NULL;
  if (*at == 'e' || *at == 'E') {
    const char *e        = at + 1;
    int         negative = *e == '-', power = 0;
    if (*e == '-' || *e == '+') e++;
    if (*e < '0' || *e > '9') return NULL;
    for (; *e >= '0' && *e <= '9'; e++) power = power < 10000 ? power * 10 + (*e - '0') : power;
    exponent += negative ? -power : power;
    at = e;
  }
  if (n > 18 || digits > (UINT64_C(1) << 53) || exponent < -22 || exponent > 22) return SlowNumber(text, value);
  *value = exponent < 0 ? (double)digits / exact_power[-exponent] : (double)digits * exact_power[exponent];
  if (*text == '-') *value = -*value;
  return at;
}
