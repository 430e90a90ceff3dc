/* Reads lines of JSON objects into the buffers of Arrow arrays, for members whose kinds are known beforehand.

A line that these arrays cannot render exactly, or that is no JSON, is left out: it is null in all of them and marked,
for a reader of rows to decide. So this reader is strict, and gives up on a line wherever in doubt. The grammar is that
of RFC 8259, the layout of the buffers that of the Arrow columnar format. See json_native.py for the use of it.
*/

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#if defined(__GNUC__)
#define LIKELY(test) __builtin_expect(!!(test), 1)
#define UNLIKELY(test) __builtin_expect(!!(test), 0)
#else
#define LIKELY(test) (test)
#define UNLIKELY(test) (test)
#endif

enum { SLACK = 16 };            /* bytes behind the end of texts, for copies of 16 bytes at once */
enum { MOST_NAMES = 256 };       /* so many names of an object's members are known again by their bytes */
enum { MOST_LEVELS = 512 };     /* of values that are read and, inside these, of others: rows have at most 1024 */
enum { MOST_DIGITS = 300 };     /* longer numbers may be refused by the reader of rows */
enum { EXACT_DIGITS = 15 };     /* decimals of so many digits survive in a double: C11, DBL_DIG */
enum { EXACT_POWER = 22 };      /* 10^22 is the largest power of ten that a double holds exactly */

/* Elsewhere operations on doubles have more digits, and round twice. */
#define IS_PLAIN_DOUBLE (FLT_EVAL_METHOD == 0)

/* What becomes of a line. UNLIKE: a value is of another kind than expected; UNSEEN: of one that is not known yet. */
enum { OK, UNSURE, UNLIKE, UNSEEN, NO_MEMORY };

/* More are never asked for in earnest, and twice as many still have a size. */
#define MOST_BYTES ((int64_t)(SIZE_MAX / 4))

typedef enum { TEXT, INTEGER, FLOAT, BOOL, OBJECT, LIST, UNKNOWN } Kind;

typedef struct {
    uint8_t *data;
    int64_t size;
    int64_t room;
} Bytes;

/* A name as it stands in the text. Most objects have their members in the order that others had. */
typedef struct {
    const uint8_t *text; /* with the quotation mark behind it */
    int64_t size;        /* without it */
    int child;           /* which member it is; NOBODY reads others */
    int next;            /* the name that came behind it, the last time */
} Name;

enum { NOBODY = -1, NONE = -1, BEFORE_FIRST = -2 };

typedef struct Node {
    Kind kind;
    bool seen; /* a member that was ever there */
    char *name;
    int64_t name_size;
    int count;
    struct Node *children;
    int place; /* among all nodes */

    int64_t length;
    int64_t nulls;
    Bytes validity; /* empty while there are no nulls */
    Bytes values;   /* of texts their bytes, of booleans bits */
    Bytes offsets;  /* of texts and lists */

    int64_t kept_length, kept_nulls, kept_size; /* as they were when the line began */

    Bytes null_at;   /* of members of the record: a bit for each line with a JSON null there */
    int64_t serial;  /* of objects: how many were read */
    int64_t last_in; /* of members: the serial of the last object that had it */
    Name *names;
    int names_count, first;
} Node;

typedef struct {
    int array; /* which of the nodes */
    int64_t slot, start, size, line;
} Long; /* a number for which a double has to be found with more care */

typedef struct {
    const uint8_t *start, *p, *end;
    Node *root;
    Node **nodes;
    int count;
    int64_t line, lines, most;
    bool deep_null, missing; /* in the line at hand */
    Bytes unsure, nulls, gaps;
    int64_t unsure_count, nulls_count, gaps_count, unlike;
    bool unseen, stopped; /* at the line at hand */
    Long *longs;
    int64_t longs_count, longs_room, longs_kept;
} Reader;

/* ---- buffers ---- */

static int grow(Bytes *bytes, int64_t wanted) {
    int64_t room = bytes->room ? bytes->room : 1024;
    if (wanted > MOST_BYTES) return NO_MEMORY;
    while (room < wanted) room *= 2;
    uint8_t *data = realloc(bytes->data, (size_t)room + SLACK);
    if (!data) return NO_MEMORY;
    bytes->data = data;
    bytes->room = room;
    return OK;
}

/* Behind it there is memory, also where nothing is wanted. */
static inline int reserve(Bytes *bytes, int64_t wanted) {
    return LIKELY(wanted < bytes->room) ? OK : grow(bytes, wanted + 1);
}

static inline void put_bit(uint8_t *bits, int64_t place, bool bit) {
    uint8_t mask = (uint8_t)(1u << (place & 7));
    bits[place >> 3] = (uint8_t)(bit ? bits[place >> 3] | mask : bits[place >> 3] & ~mask);
}

/* Sets the bit behind the last one. */
static inline void add_bit(uint8_t *bits, int64_t place, bool bit) {
    if (!(place & 7)) bits[place >> 3] = 0;
    put_bit(bits, place, bit);
}

static int zeros(Bytes *bytes, int64_t bits) {
    int64_t size = (bits + 7) / 8;
    if (reserve(bytes, size)) return NO_MEMORY;
    memset(bytes->data, 0, (size_t)size + SLACK);
    bytes->size = size;
    return OK;
}

/* ---- slots of arrays ---- */

static inline int add_slot(Node *node, bool valid) {
    if (UNLIKELY(!valid && !node->validity.data)) {
        if (reserve(&node->validity, node->length / 8 + 1)) return NO_MEMORY;
        memset(node->validity.data, 0xff, (size_t)(node->length / 8 + 1));
    }
    if (UNLIKELY(node->validity.data != NULL)) {
        if (reserve(&node->validity, node->length / 8 + 1)) return NO_MEMORY;
        add_bit(node->validity.data, node->length, valid);
    }
    node->nulls += !valid;
    node->length++;
    return OK;
}

static inline int add_fixed(Node *node, const void *value) {
    int64_t size = node->length * 8;
    if (reserve(&node->values, size + 8)) return NO_MEMORY;
    memcpy(node->values.data + size, value, 8);
    return add_slot(node, true);
}

static inline int add_offset(Node *node, int64_t offset) {
    int32_t value = (int32_t)offset;
    int64_t size = (node->length + 1) * 4;
    if (reserve(&node->offsets, size + 4)) return NO_MEMORY;
    memcpy(node->offsets.data + size, &value, 4);
    return OK;
}

static inline int add_bool(Node *node, bool value) {
    if (reserve(&node->values, node->length / 8 + 1)) return NO_MEMORY;
    add_bit(node->values.data, node->length, value);
    return add_slot(node, true);
}

static int add_null(Node *node) {
    int64_t none = 0;
    switch (node->kind) {
    case TEXT:
        if (add_offset(node, node->values.size)) return NO_MEMORY;
        break;
    case LIST:
        if (add_offset(node, node->children[0].length)) return NO_MEMORY;
        break;
    case INTEGER:
    case FLOAT:
        if (add_fixed(node, &none)) return NO_MEMORY;
        node->length--; /* the slot is added below */
        break;
    case BOOL:
        if (add_bool(node, false)) return NO_MEMORY;
        node->length--;
        break;
    case OBJECT:
        for (int place = 0; place < node->count; place++)
            if (add_null(&node->children[place])) return NO_MEMORY;
        break;
    case UNKNOWN:
        node->length++;
        return OK;
    }
    return add_slot(node, false);
}

/* ---- texts ---- */

/* Where the run of plain ASCII ends: at a quotation mark, a backslash, a control or another character, or the end. */
static inline const uint8_t *plain_end(const uint8_t *p, const uint8_t *end) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)p);
        /* Bytes from 0x80 on are negative here, and so below the space as controls are. */
        __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash)),
                                     _mm_cmplt_epi8(bytes, space));
        int mask = _mm_movemask_epi8(found);
        if (mask) return p + __builtin_ctz((unsigned)mask);
        p += 16;
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && *p >= 0x20 && *p < 0x80) p++;
    return p;
}

/* The end of one character of UTF-8 that is not ASCII (RFC 3629: no surrogates, nothing overlong); NULL for none. */
static const uint8_t *character_end(const uint8_t *p, const uint8_t *end) {
    uint8_t first = p[0], low = 0x80, high = 0xbf;
    int more;
    if (first >= 0xc2 && first <= 0xdf) {
        more = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
        more = 2;
        if (first == 0xe0) low = 0xa0;
        if (first == 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
        more = 3;
        if (first == 0xf0) low = 0x90;
        if (first == 0xf4) high = 0x8f;
    } else {
        return NULL;
    }
    if (end - p <= more || p[1] < low || p[1] > high) return NULL;
    for (int place = 2; place <= more; place++)
        if (p[place] < 0x80 || p[place] > 0xbf) return NULL;
    return p + more + 1;
}

/* Four hexadecimal digits; -1 for anything else. */
static int32_t hexadecimal(const uint8_t *p, const uint8_t *end) {
    int32_t value = 0;
    if (end - p < 4) return -1;
    for (int place = 0; place < 4; place++) {
        uint8_t byte = p[place];
        if (byte >= '0' && byte <= '9') value = value * 16 + byte - '0';
        else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f') value = value * 16 + (byte | 0x20) - 'a' + 10;
        else return -1;
    }
    return value;
}

/* Reads the escape at `p`, behind a backslash, into at most four bytes; its end, or NULL where it is none. */
static const uint8_t *escape_end(const uint8_t *p, const uint8_t *end, uint8_t *out, int *size) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (p >= end) return NULL;
    if (*p != 'u') {
        const char *found = *p ? strchr(names, *p) : NULL;
        if (!found) return NULL;
        out[0] = (uint8_t)values[found - names];
        *size = 1;
        return p + 1;
    }
    int32_t code = hexadecimal(p + 1, end);
    if (code < 0 || (code >= 0xdc00 && code <= 0xdfff)) return NULL;
    p += 5;
    if (code >= 0xd800 && code <= 0xdbff) {
        if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return NULL;
        int32_t low = hexadecimal(p + 2, end);
        if (low < 0xdc00 || low > 0xdfff) return NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t)(heads[more] | (code >> (6 * more)));
    for (int place = 1; place <= more; place++) out[place] = (uint8_t)(0x80 | ((code >> (6 * (more - place))) & 0x3f));
    *size = more + 1;
    return p;
}

/* Copies bytes; at most 15 more are read and written where the text goes on. There is room for SLACK more. */
static inline void copy(uint8_t *to, const uint8_t *from, int64_t size, const uint8_t *end) {
    if (LIKELY(end - from >= size + SLACK)) {
        for (int64_t place = 0; place < size; place += SLACK) memcpy(to + place, from + place, SLACK);
    } else {
        memcpy(to, from, (size_t)size);
    }
}

/* Reads the text whose opening quotation mark was passed. `to`: where it is added, or NULL. */
static int text(Reader *r, Bytes *to) {
    for (;;) {
        const uint8_t *from = r->p, *stop = plain_end(from, r->end);
        while (stop < r->end && *stop >= 0x80) {
            stop = character_end(stop, r->end);
            if (!stop) return UNSURE;
            stop = plain_end(stop, r->end);
        }
        if (to) {
            int64_t size = stop - from;
            if (reserve(to, to->size + size + 4)) return NO_MEMORY;
            copy(to->data + to->size, from, size, r->end);
            to->size += size;
        }
        if (stop >= r->end || *stop < 0x20) return UNSURE;
        r->p = stop + 1;
        if (LIKELY(*stop == '"')) return OK;
        uint8_t out[4];
        int size;
        r->p = escape_end(r->p, r->end, out, &size);
        if (!r->p) return UNSURE;
        if (to) {
            memcpy(to->data + to->size, out, (size_t)size);
            to->size += size;
        }
    }
}

/* ---- numbers ---- */

typedef struct {
    bool negative, whole;
    uint64_t digits; /* the first 19, without leading zeros */
    int significant, written, power;
} Number;

static inline bool is_digit(const uint8_t *p, const uint8_t *end) { return p < end && (uint8_t)(*p - '0') < 10; }

static inline void digit(Number *n, uint8_t byte) {
    n->written++;
    if (n->significant || byte != '0') {
        if (n->significant < 19) n->digits = n->digits * 10 + (uint64_t)(byte - '0');
        n->significant++;
    }
}

static int number(Reader *r, Number *n) {
    const uint8_t *p = r->p, *end = r->end;
    memset(n, 0, sizeof *n);
    n->whole = true;
    if (*p == '-') {
        n->negative = true;
        p++;
    }
    if (!is_digit(p, end)) return UNSURE;
    if (*p == '0') {
        digit(n, *p++);
        if (is_digit(p, end)) return UNSURE;
    }
    while (is_digit(p, end)) digit(n, *p++);
    if (p < end && *p == '.') {
        n->whole = false;
        if (!is_digit(++p, end)) return UNSURE;
        while (is_digit(p, end)) {
            digit(n, *p++);
            n->power--;
        }
    }
    if (n->written > MOST_DIGITS) return UNSURE;
    if (p < end && (*p | 0x20) == 'e') {
        n->whole = false;
        p++;
        bool minus = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+')) p++;
        if (!is_digit(p, end)) return UNSURE;
        int power = 0, length = 0;
        for (; is_digit(p, end); p++, length++) power = length < 3 ? power * 10 + *p - '0' : power;
        /* With longer exponents the number may be none that a reader takes. */
        if (length > 2) return UNSURE;
        n->power += minus ? -power : power;
    }
    r->p = p;
    return OK;
}

static int integer(Reader *r, Node *node) {
    Number n;
    int found = number(r, &n);
    if (found) return found;
    if (!n.whole) return UNLIKE;
    if (n.significant > 19 || n.digits > INT64_MAX) return UNSURE;
    int64_t value = n.negative ? -(int64_t)n.digits : (int64_t)n.digits;
    return add_fixed(node, &value);
}

static int later(Reader *r, Node *node, const uint8_t *start) {
    if (r->longs_count == r->longs_room) {
        int64_t room = r->longs_room ? 2 * r->longs_room : 64;
        if (room > MOST_BYTES / (int64_t)sizeof(Long)) return NO_MEMORY;
        Long *longs = realloc(r->longs, (size_t)room * sizeof(Long));
        if (!longs) return NO_MEMORY;
        r->longs = longs;
        r->longs_room = room;
    }
    r->longs[r->longs_count++] = (Long){node->place, node->length, start - r->start, r->p - start, r->line};
    return OK;
}

static int decimal(Reader *r, Node *node) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const uint8_t *start = r->p;
    Number n;
    int found = number(r, &n);
    if (found) return found;
    if (n.whole) return UNSURE; /* an integer is another value than the double */
    double value = (double)n.digits;
    if (IS_PLAIN_DOUBLE && n.significant <= EXACT_DIGITS && n.power >= -EXACT_POWER && n.power <= EXACT_POWER) {
        /* Both operands are exact, so that one operation rounds once (Clinger 1990). */
        value = n.power < 0 ? value / powers[-n.power] : value * powers[n.power];
    } else if (later(r, node, start)) {
        return NO_MEMORY;
    }
    if (n.negative) value = -value;
    return add_fixed(node, &value);
}

/* ---- values that nobody reads ---- */

static inline void spaces(Reader *r) {
    /* A line feed ends the record. */
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\r')) r->p++;
}

static inline bool literal(Reader *r, const char *word, int64_t size) {
    if (r->end - r->p < size || memcmp(r->p, word, (size_t)size)) return false;
    r->p += size;
    return true;
}

static inline int punctuation(Reader *r, char byte) {
    spaces(r);
    if (UNLIKELY(r->p >= r->end || *r->p != (uint8_t)byte)) return UNSURE;
    r->p++;
    return OK;
}

static int skip_name(Reader *r) {
    int found = punctuation(r, '"');
    if (!found) found = text(r, NULL);
    return found ? found : punctuation(r, ':');
}

static int skip(Reader *r) {
    bool in_object[MOST_LEVELS];
    int levels = 0;
    for (;;) {
        int found = OK;
        Number n;
        spaces(r);
        if (r->p >= r->end) return UNSURE;
        switch (*r->p) {
        case '"':
            r->p++;
            found = text(r, NULL);
            break;
        case '{':
        case '[': {
            bool object = *r->p++ == '{';
            spaces(r);
            if (r->p < r->end && *r->p == (object ? '}' : ']')) {
                r->p++;
                break;
            }
            if (levels == MOST_LEVELS) return UNSURE;
            in_object[levels++] = object;
            if (object && (found = skip_name(r))) return found;
            continue;
        }
        case 't':
            found = literal(r, "true", 4) ? OK : UNSURE;
            break;
        case 'f':
            found = literal(r, "false", 5) ? OK : UNSURE;
            break;
        case 'n':
            found = literal(r, "null", 4) ? OK : UNSURE;
            break;
        default:
            found = number(r, &n);
        }
        if (found) return found;
        for (;;) {
            if (!levels) return OK;
            spaces(r);
            if (r->p >= r->end) return UNSURE;
            bool object = in_object[levels - 1];
            uint8_t byte = *r->p++;
            if (byte == ',') {
                if (object && (found = skip_name(r))) return found;
                break;
            }
            if (byte != (object ? '}' : ']')) return UNSURE;
            levels--;
        }
    }
}

/* ---- values that are read ---- */

static int value(Reader *r, Node *node);

/* Which member a name is, as it stands in the text. */
static int child_of(Reader *r, Node *node, const uint8_t *start, int64_t size, int *child) {
    Bytes plain = {0};
    int found = OK;
    if (memchr(start, '\\', (size_t)size)) {
        r->p = start;
        found = text(r, &plain);
        start = plain.data;
        size = plain.size;
    }
    *child = NOBODY;
    for (int place = 0; !found && place < node->count; place++) {
        Node *member = &node->children[place];
        if (member->name_size == size && !memcmp(member->name, start, (size_t)size)) *child = place;
    }
    free(plain.data);
    return found;
}

/* Reads the name at `p`, behind its quotation mark. `last`: the name before, and then this one; NONE if not kept. */
static int name(Reader *r, Node *node, int *last, int *child) {
    int lost = NONE;
    int *next = *last == BEFORE_FIRST ? &node->first : *last == NONE ? &lost : &node->names[*last].next;
    if (LIKELY(*next != NONE)) {
        Name *known = &node->names[*next];
        if (LIKELY(r->end - r->p > known->size && !memcmp(r->p, known->text, (size_t)known->size + 1))) {
            r->p += known->size + 1;
            *child = known->child;
            *last = *next;
            return OK;
        }
    }
    const uint8_t *start = r->p;
    int found = text(r, NULL);
    if (found) return found;
    int64_t size = r->p - start - 1;
    int place = 0;
    for (; place < node->names_count; place++) {
        Name *known = &node->names[place];
        if (known->size == size && !memcmp(known->text, start, (size_t)size)) break;
    }
    if (place < node->names_count) {
        *child = node->names[place].child;
    } else if ((found = child_of(r, node, start, size, child))) {
        return found;
    } else if (place < MOST_NAMES) {
        node->names[place] = (Name){start, size, *child, NONE};
        node->names_count++;
    } else {
        *last = NONE;
        return OK;
    }
    *last = *next = place;
    return OK;
}

static int member(Reader *r, Node *node, int child) {
    if (child == NOBODY) return skip(r);
    Node *member = &node->children[child];
    /* Of two alike the reader of rows knows which one counts. */
    if (member->last_in == node->serial) return UNSURE;
    member->last_in = node->serial;
    if (!member->seen) return UNSEEN;
    if (UNLIKELY(r->p < r->end && *r->p == 'n')) {
        if (!literal(r, "null", 4)) return UNSURE;
        if (node == r->root) {
            if (!member->null_at.data && zeros(&member->null_at, r->lines)) return NO_MEMORY;
            put_bit(member->null_at.data, r->line, true);
        } else {
            r->deep_null = true;
        }
        return add_null(member);
    }
    return value(r, member);
}

static int object(Reader *r, Node *node) {
    int read = 0, last = BEFORE_FIRST, found;
    node->serial++;
    spaces(r);
    if (r->p < r->end && *r->p == '}') {
        r->p++;
    } else {
        for (;;) {
            int child = NOBODY;
            if ((found = punctuation(r, '"')) || (found = name(r, node, &last, &child))) return found;
            if ((found = punctuation(r, ':'))) return found;
            spaces(r);
            if ((found = member(r, node, child))) return found;
            read += child != NOBODY;
            spaces(r);
            if (r->p >= r->end) return UNSURE;
            uint8_t byte = *r->p++;
            if (byte == '}') break;
            if (byte != ',') return UNSURE;
        }
    }
    for (int child = 0; read < node->count && child < node->count; child++) {
        Node *member = &node->children[child];
        if (member->last_in == node->serial) continue;
        r->missing |= member->seen;
        if (add_null(member)) return NO_MEMORY;
    }
    return OK;
}

static int list(Reader *r, Node *node) {
    Node *item = node->children;
    int found;
    spaces(r);
    if (r->p < r->end && *r->p == ']') {
        r->p++;
    } else {
        for (;;) {
            spaces(r);
            if (r->p < r->end && *r->p == 'n') {
                if (!literal(r, "null", 4)) return UNSURE;
                if (add_null(item)) return NO_MEMORY;
            } else if ((found = value(r, item))) {
                return found;
            }
            spaces(r);
            if (r->p >= r->end) return UNSURE;
            uint8_t byte = *r->p++;
            if (byte == ']') break;
            if (byte != ',') return UNSURE;
        }
    }
    if (add_offset(node, item->length)) return NO_MEMORY;
    return add_slot(node, true);
}

static int value(Reader *r, Node *node) {
    int found;
    if (r->p >= r->end) return UNSURE;
    uint8_t byte = *r->p;
    switch (node->kind) {
    case TEXT:
        if (byte != '"') return UNLIKE;
        r->p++;
        if ((found = text(r, &node->values))) return found;
        if (add_offset(node, node->values.size)) return NO_MEMORY;
        return add_slot(node, true);
    case INTEGER:
    case FLOAT:
        if (byte != '-' && !is_digit(r->p, r->end)) return UNLIKE;
        return node->kind == INTEGER ? integer(r, node) : decimal(r, node);
    case BOOL:
        if (byte != 't' && byte != 'f') return UNLIKE;
        if (!(byte == 't' ? literal(r, "true", 4) : literal(r, "false", 5))) return UNSURE;
        return add_bool(node, byte == 't');
    case OBJECT:
        if (byte != '{') return UNLIKE;
        r->p++;
        if ((found = object(r, node))) return found;
        return add_slot(node, true);
    case LIST:
        if (byte != '[') return UNLIKE;
        r->p++;
        return list(r, node);
    case UNKNOWN:
        break;
    }
    return UNSEEN;
}

/* ---- lines ---- */

static void keep(Reader *r) {
    for (int place = 0; place < r->count; place++) {
        Node *node = r->nodes[place];
        node->kept_length = node->length;
        node->kept_nulls = node->nulls;
        node->kept_size = node->values.size;
    }
    r->longs_kept = r->longs_count;
}

static int leave_out(Reader *r) {
    for (int place = 0; place < r->count; place++) {
        Node *node = r->nodes[place];
        node->length = node->kept_length;
        node->nulls = node->kept_nulls;
        node->values.size = node->kept_size;
    }
    r->longs_count = r->longs_kept;
    for (int child = 0; child < r->root->count; child++) {
        Node *member = &r->root->children[child];
        if (member->null_at.data) put_bit(member->null_at.data, r->line, false);
        if (add_null(member)) return NO_MEMORY;
    }
    return OK;
}

static int one_line(Reader *r) {
    int found;
    if ((found = punctuation(r, '{')) || (found = object(r, r->root))) return found;
    spaces(r);
    return r->p == r->end || *r->p == '\n' ? OK : UNSURE;
}

/* Reads all lines; OK or NO_MEMORY. */
static int all_lines(Reader *r) {
    if (zeros(&r->unsure, r->lines) || zeros(&r->nulls, r->lines) || zeros(&r->gaps, r->lines)) return NO_MEMORY;
    for (int place = 0; place < r->count; place++) {
        Node *node = r->nodes[place];
        if (node->kind == TEXT || node->kind == LIST) {
            if (reserve(&node->offsets, 4)) return NO_MEMORY;
            memset(node->offsets.data, 0, 4);
        }
    }
    for (; r->line < r->lines; r->line++) {
        const uint8_t *start = r->p;
        if (start >= r->end) return OK;
        r->deep_null = r->missing = false;
        keep(r);
        int found = one_line(r);
        if (found == NO_MEMORY) return NO_MEMORY;
        if (found) {
            if (leave_out(r)) return NO_MEMORY;
            const uint8_t *stop = memchr(start, '\n', (size_t)(r->end - start));
            r->p = stop ? stop : r->end;
            put_bit(r->unsure.data, r->line, true);
            r->unsure_count++;
            r->unlike += found == UNLIKE;
            r->unseen |= found == UNSEEN;
            if (r->unseen || r->unsure_count > r->most) {
                r->stopped = true;
                return OK;
            }
        } else {
            if (r->deep_null) put_bit(r->nulls.data, r->line, true);
            if (r->missing) put_bit(r->gaps.data, r->line, true);
            r->nulls_count += r->deep_null;
            r->gaps_count += r->missing;
        }
        if (r->p < r->end) r->p++;
    }
    r->stopped = r->unlike > r->lines / 10;
    return OK;
}

/* ---- Python ---- */

typedef struct {
    PyObject_HEAD
    uint8_t *data;
    Py_ssize_t size;
} Buffer;

static void buffer_free(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    free(((Buffer *)self)->data);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static int buffer_get(PyObject *self, Py_buffer *view, int flags) {
    Buffer *buffer = (Buffer *)self;
    return PyBuffer_FillInfo(view, self, buffer->data, buffer->size, 0, flags);
}

static PyType_Slot buffer_slots[] = {
    {Py_tp_dealloc, (void *)buffer_free},
    {Py_bf_getbuffer, (void *)buffer_get},
    {Py_tp_doc, (void *)"Memory that was filled by a reader."},
    {0, NULL},
};
static PyType_Spec buffer_spec = {
    "crosswalk_formats._json_lines.Buffer", sizeof(Buffer), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, buffer_slots};

/* The bytes as an object that owns them from now on; None where there are none. */
static PyObject *buffer_of(PyTypeObject *type, Bytes *bytes, int64_t size) {
    if (!bytes->data) Py_RETURN_NONE;
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Buffer *buffer = (Buffer *)make(type, 0);
    if (!buffer) return NULL;
    buffer->data = bytes->data;
    buffer->size = (Py_ssize_t)size;
    bytes->data = NULL;
    return (PyObject *)buffer;
}

static void free_node(Node *node) {
    for (int place = 0; place < node->count; place++) free_node(&node->children[place]);
    free(node->children);
    free(node->name);
    free(node->names);
    free(node->validity.data);
    free(node->values.data);
    free(node->offsets.data);
    free(node->null_at.data);
}

static int nodes_under(const Node *node) {
    int count = 0;
    for (int place = 0; place < node->count; place++) count += 1 + nodes_under(&node->children[place]);
    return count;
}

static int list_nodes(Node *node, Node **to) {
    int count = 0;
    for (int place = 0; place < node->count; place++) {
        to[count++] = &node->children[place];
        count += list_nodes(&node->children[place], to + count);
    }
    return count;
}

/* Fills a node from (name, kind, seen, members); -1 and an exception where it is none. */
static int fill_node(Node *node, PyObject *spec, int level) {
    const char *name;
    Py_ssize_t name_size;
    int kind, seen;
    PyObject *members;
    if (level > MOST_LEVELS) {
        PyErr_SetString(PyExc_ValueError, "nested too deeply");
        return -1;
    }
    if (!PyArg_ParseTuple(spec, "y#CpO!", &name, &name_size, &kind, &seen, &PyTuple_Type, &members)) return -1;
    static const char kinds[] = "tifbolu";
    const char *found = kind > 0 && kind < 128 ? strchr(kinds, kind) : NULL;
    Py_ssize_t count = PyTuple_Size(members);
    if (!found || (*found == 'l') > (count == 1) || count > 1 << 20) {
        PyErr_SetString(PyExc_ValueError, "no such kind of node");
        return -1;
    }
    node->kind = (Kind)(found - kinds);
    node->seen = seen;
    node->name_size = name_size;
    node->name = malloc((size_t)name_size + 1);
    node->children = calloc((size_t)count + 1, sizeof(Node));
    node->names = node->kind == OBJECT ? calloc(MOST_NAMES, sizeof(Name)) : NULL;
    node->first = NONE;
    if (!node->name || !node->children || (node->kind == OBJECT && !node->names)) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(node->name, name, (size_t)name_size);
    for (; node->count < count; node->count++) {
        PyObject *member = PyTuple_GetItem(members, node->count);
        if (!PyTuple_Check(member)) {
            PyErr_SetString(PyExc_TypeError, "a node is a tuple");
            return -1;
        }
        if (fill_node(&node->children[node->count], member, level + 1)) {
            node->count++; /* what was filled so far is freed */
            return -1;
        }
    }
    return 0;
}

/* (length, nulls, validity, offsets, values, null_at) */
static PyObject *array_of(PyTypeObject *type, Reader *r, Node *node) {
    int64_t bits = (node->length + 7) / 8;
    int64_t size = node->kind == TEXT ? node->values.size : node->kind == BOOL ? bits : node->length * 8;
    PyObject *validity = buffer_of(type, &node->validity, bits);
    PyObject *offsets = buffer_of(type, &node->offsets, (node->length + 1) * 4);
    PyObject *values = buffer_of(type, &node->values, size);
    PyObject *null_at = buffer_of(type, &node->null_at, (r->lines + 7) / 8);
    if (!validity || !offsets || !values || !null_at) {
        Py_XDECREF(validity);
        Py_XDECREF(offsets);
        Py_XDECREF(values);
        Py_XDECREF(null_at);
        return NULL;
    }
    return Py_BuildValue("LLNNNN", (long long)node->length, (long long)node->nulls, validity, offsets, values, null_at);
}

static PyObject *longs_of(Reader *r) {
    PyObject *found = PyList_New((Py_ssize_t)r->longs_count);
    for (int64_t place = 0; found && place < r->longs_count; place++) {
        Long *number = &r->longs[place];
        PyObject *item = Py_BuildValue("iLLLL", number->array, (long long)number->slot, (long long)number->start,
                                       (long long)number->size, (long long)number->line);
        if (!item || PyList_SetItem(found, (Py_ssize_t)place, item)) Py_CLEAR(found);
    }
    return found;
}

static PyObject *result(PyTypeObject *type, Reader *r) {
    PyObject *arrays = PyList_New(r->count);
    for (int place = 0; arrays && place < r->count; place++) {
        PyObject *array = array_of(type, r, r->nodes[place]);
        if (!array || PyList_SetItem(arrays, place, array)) Py_CLEAR(arrays);
    }
    if (!arrays) return NULL;
    PyObject *longs = longs_of(r);
    int64_t size = r->unsure.size;
    PyObject *unsure = buffer_of(type, &r->unsure, size), *nulls = buffer_of(type, &r->nulls, size);
    PyObject *gaps = buffer_of(type, &r->gaps, size);
    if (!longs || !unsure || !nulls || !gaps) {
        Py_DECREF(arrays);
        Py_XDECREF(longs);
        Py_XDECREF(unsure);
        Py_XDECREF(nulls);
        Py_XDECREF(gaps);
        return NULL;
    }
    return Py_BuildValue("LNN(NL)(NL)(NL)", (long long)r->line, arrays, longs, unsure, (long long)r->unsure_count, nulls,
                         (long long)r->nulls_count, gaps, (long long)r->gaps_count);
}

static PyObject *read_lines(PyObject *module, PyObject *args) {
    Py_buffer view;
    PyObject *spec, *found = NULL;
    long long lines, most;
    if (!PyArg_ParseTuple(args, "y*O!LL", &view, &PyTuple_Type, &spec, &lines, &most)) return NULL;
    Node root = {0};
    Reader r = {0};
    int state = NO_MEMORY;
    if (view.len > INT32_MAX || lines < 0 || lines > view.len + 1) {
        PyErr_SetString(PyExc_ValueError, "a text too long, or with other lines");
        goto done;
    }
    if (fill_node(&root, spec, 1)) goto done;
    if (root.kind != OBJECT) {
        PyErr_SetString(PyExc_ValueError, "records are objects");
        goto done;
    }
    r.start = r.p = view.buf;
    r.end = r.start + view.len;
    r.root = &root;
    r.lines = lines;
    r.most = most;
    r.count = nodes_under(&root);
    r.nodes = calloc((size_t)r.count + 1, sizeof(Node *));
    if (r.nodes) {
        list_nodes(&root, r.nodes);
        for (int place = 0; place < r.count; place++) r.nodes[place]->place = place;
        Py_BEGIN_ALLOW_THREADS
        state = all_lines(&r);
        Py_END_ALLOW_THREADS
    }
    if (state == NO_MEMORY) {
        PyErr_NoMemory();
    } else if (r.stopped) {
        const char *why = r.unseen ? "unseen" : r.unlike * 2 > r.unsure_count ? "unlike" : "unsure";
        found = Py_BuildValue("sL", why, (long long)r.line);
    } else {
        PyTypeObject **type = PyModule_GetState(module);
        found = result(*type, &r);
    }
done:
    free_node(&root);
    free(r.nodes);
    free(r.longs);
    free(r.unsure.data);
    free(r.nulls.data);
    free(r.gaps.data);
    PyBuffer_Release(&view);
    return found;
}

static int module_exec(PyObject *module) {
    PyObject **state = PyModule_GetState(module);
    state[0] = PyType_FromModuleAndSpec(module, &buffer_spec, NULL);
    return state[0] ? PyModule_AddObjectRef(module, "Buffer", state[0]) : -1;
}

static int module_visit(PyObject *module, visitproc visit, void *arg) {
    PyObject **state = PyModule_GetState(module);
    if (state) Py_VISIT(state[0]);
    return 0;
}

static int module_clear(PyObject *module) {
    PyObject **state = PyModule_GetState(module);
    if (state) Py_CLEAR(state[0]);
    return 0;
}

static void module_free(void *module) { module_clear(module); }

static PyMethodDef methods[] = {
    {"read_lines", read_lines, METH_VARARGS, "read_lines(text, record, lines, most): see json_native.py"},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};
static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_json_lines",
    .m_size = sizeof(PyObject *),
    .m_methods = methods,
    .m_slots = module_slots,
    .m_traverse = module_visit,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__json_lines(void) { return PyModuleDef_Init(&module); }
