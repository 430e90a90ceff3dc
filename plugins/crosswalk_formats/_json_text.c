/* Writes Arrow arrays as lines of JSON, the bytes that orjson gives of the same rows, into memory of the caller's.

The layout of the arrays is that of the Arrow columnar format; all places that they name are checked against the size of
their buffers. A double is written where at most 15 digits render it; the others are named for a writer of rows. See
json_text.py for the use of it.
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

enum { STEP = 16 };        /* texts are copied in steps of so many bytes */
enum { MOST_NUMBER = 64 }; /* a number takes less than that */
enum { MOST_LEVELS = 512 }; /* so deep columns may be nested */

enum { OK, FULL, WRONG, NO_MEMORY };

typedef struct Column {
    char kind; /* see json_text.py */
    const char *key;
    Py_ssize_t key_size;
    Py_buffer validity, first, second, null_at; /* `obj` is NULL where there is none */
    int64_t offset, length, null_offset;
    int scale;
    int count;
    struct Column *children;
} Column;

typedef struct {
    uint8_t *p, *end;
    bool explicit_nulls;
    bool hard; /* a double of this row is for another writer */
} Writer;

static inline bool bit(const Py_buffer *bits, int64_t place) {
    return ((const uint8_t *)bits->buf)[place >> 3] >> (place & 7) & 1;
}

static inline bool is_null(const Column *c, int64_t place) {
    return c->kind == 'n' || (c->validity.obj && !bit(&c->validity, c->offset + place));
}

static inline int64_t at32(const Py_buffer *b, int64_t place) {
    int32_t value;
    memcpy(&value, (const char *)b->buf + place * 4, 4);
    return value;
}

static inline int64_t at64(const Py_buffer *b, int64_t place) {
    int64_t value;
    memcpy(&value, (const char *)b->buf + place * 8, 8);
    return value;
}

static inline int put(Writer *w, const char *text, int64_t size) {
    if (w->end - w->p < size) return FULL;
    memcpy(w->p, text, (size_t)size);
    w->p += size;
    return OK;
}

/* ---- texts ---- */

static int escape(Writer *w, uint8_t byte) {
    static const char names[] = "btn?fr", digits[] = "0123456789abcdef";
    if (w->end - w->p < 6) return FULL;
    *w->p++ = '\\';
    if (byte == '"' || byte == '\\') {
        *w->p++ = byte;
    } else if (byte >= 8 && byte <= 13 && byte != 11) {
        *w->p++ = (uint8_t)names[byte - 8];
    } else {
        memcpy(w->p, "u00", 3);
        w->p[3] = (uint8_t)digits[byte >> 4];
        w->p[4] = (uint8_t)digits[byte & 15];
        w->p += 5;
    }
    return OK;
}

/* `readable`: so many bytes from the text on are in memory. */
static int put_text(Writer *w, const uint8_t *text, int64_t size, int64_t readable) {
    if (w->end - w->p < size + 2 + STEP) return FULL;
    *w->p++ = '"';
    int64_t place = 0;
    (void)readable; /* of use to steps of many bytes alone */
    while (place < size) {
#if defined(__SSE2__)
        if (readable - place >= STEP) {
            if (w->end - w->p < STEP + 2) return FULL;
            const __m128i last = _mm_set1_epi8(0x1f), quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
            __m128i bytes = _mm_loadu_si128((const __m128i *)(text + place));
            __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash)),
                                         _mm_cmpeq_epi8(_mm_min_epu8(bytes, last), bytes));
            _mm_storeu_si128((__m128i *)w->p, bytes);
            int mask = _mm_movemask_epi8(found);
            int64_t step = mask ? __builtin_ctz((unsigned)mask) : STEP;
            if (step > size - place) step = size - place;
            place += step;
            w->p += step;
            if (step == STEP || place == size) continue;
            if (escape(w, text[place++])) return FULL;
            continue;
        }
#endif
        uint8_t byte = text[place++];
        if (w->end - w->p < 8) return FULL;
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            if (escape(w, byte)) return FULL;
        } else {
            *w->p++ = byte;
        }
    }
    if (w->end == w->p) return FULL;
    *w->p++ = '"';
    return OK;
}

/* ---- numbers ---- */

static uint8_t *put_digits(uint8_t *p, uint64_t value) {
    uint8_t held[20];
    int count = 0;
    do held[count++] = (uint8_t)('0' + value % 10);
    while (value /= 10);
    while (count) *p++ = held[--count];
    return p;
}

static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
static const uint64_t whole_powers[] = {1,         10,         100,         1000,         10000,         100000,       1000000,
                                        10000000,  100000000,  1000000000,  10000000000,  100000000000,  1000000000000};

/* Between 1e-5 and 1e10 a double is written without an exponent. No two decimals of at most 15 digits are the same
double (C11, DBL_DIG), so one of these that gives back the double is the shortest. */
static void put_double(Writer *w, double value) {
    static const int places[] = {2, 4, 6, 9, 12};
    double size = value < 0 ? -value : value;
    uint64_t bits;
    memcpy(&bits, &value, 8);
    if (bits >> 63) *w->p++ = '-';
    if (size < 1e10 && size == (double)(uint64_t)size) {
        w->p = put_digits(w->p, (uint64_t)size);
        memcpy(w->p, ".0", 2);
        w->p += 2;
        return;
    }
    /* Elsewhere operations on doubles have more digits, and round twice. */
    const bool is_plain = FLT_EVAL_METHOD == 0;
    for (int place = 0; is_plain && size >= 1e-5 && size < 1e10 && place < 5; place++) {
        int scale = places[place];
        double scaled = size * powers[scale];
        if (scaled >= 1e15) break;
        uint64_t digits = (uint64_t)(scaled + 0.5);
        if ((double)digits / powers[scale] != size) continue;
        while (digits % 10 == 0) {
            digits /= 10;
            scale--;
        }
        w->p = put_digits(w->p, digits / whole_powers[scale]);
        *w->p++ = '.';
        uint64_t rest = digits % whole_powers[scale];
        for (int left = scale; left--; rest /= 10) w->p[left] = (uint8_t)('0' + rest % 10);
        w->p += scale;
        return;
    }
    *w->p++ = '0';
    w->hard = true;
}

#if defined(__SIZEOF_INT128__)
static void put_decimal(Writer *w, const void *from, int scale) {
    __int128 value;
    memcpy(&value, from, 16);
    unsigned __int128 size = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    uint8_t held[MOST_NUMBER];
    int count = 0;
    if (value < 0) *w->p++ = '-';
    /* 19 digits at a time, as dividing 128 bits is slow. */
    while (size > UINT64_MAX) {
        uint64_t low = (uint64_t)(size % 10000000000000000000u);
        size /= 10000000000000000000u;
        for (int digit = 0; digit < 19; digit++, low /= 10) held[count++] = (uint8_t)('0' + low % 10);
    }
    for (uint64_t low = (uint64_t)size; low; low /= 10) held[count++] = (uint8_t)('0' + low % 10);
    while (count <= scale) held[count++] = '0';
    while (count) {
        if (count == scale) *w->p++ = '.';
        *w->p++ = held[--count];
    }
}
#endif

/* ---- values ---- */

static int put_value(Writer *w, const Column *c, int64_t place);

/* The span of a text or list in what it is cut from, of `size` items; WRONG where it is not inside. */
static inline int span(const Column *c, int64_t place, int64_t size, int64_t *start, int64_t *end) {
    bool large = c->kind == 'T' || c->kind == 'L';
    place += c->offset;
    *start = large ? at64(&c->first, place) : at32(&c->first, place);
    *end = large ? at64(&c->first, place + 1) : at32(&c->first, place + 1);
    return *start < 0 || *start > *end || *end > size ? WRONG : OK;
}

static int put_list(Writer *w, const Column *c, int64_t place) {
    const Column *item = c->children;
    int64_t start, end;
    int found = span(c, place, item->length, &start, &end);
    if (found || (found = put(w, "[", 1))) return found;
    for (int64_t at = start; at < end; at++) {
        if (at > start && (found = put(w, ",", 1))) return found;
        found = is_null(item, at) ? put(w, "null", 4) : put_value(w, item, at);
        if (found) return found;
    }
    return put(w, "]", 1);
}

static int put_object(Writer *w, const Column *c, int64_t place) {
    int found = put(w, "{", 1);
    bool first = true;
    for (int child = 0; !found && child < c->count; child++) {
        const Column *member = &c->children[child];
        bool null = is_null(member, place);
        if (null && !w->explicit_nulls && !(member->null_at.obj && bit(&member->null_at, member->null_offset + place))) continue;
        if (w->end - w->p < member->key_size + 1) return FULL;
        if (!first) *w->p++ = ',';
        first = false;
        memcpy(w->p, member->key, (size_t)member->key_size);
        w->p += member->key_size;
        found = null ? put(w, "null", 4) : put_value(w, member, place);
    }
    return found ? found : put(w, "}", 1);
}

static int put_value(Writer *w, const Column *c, int64_t place) {
    int64_t start, end, at = c->offset + place;
    int found;
    switch (c->kind) {
    case 't':
    case 'T':
        if ((found = span(c, place, c->second.len, &start, &end))) return found;
        return put_text(w, (const uint8_t *)c->second.buf + start, end - start, c->second.len - start);
    case 'o':
        return put_object(w, c, place);
    case 'l':
    case 'L':
        return put_list(w, c, place);
    case 'b':
        return bit(&c->first, at) ? put(w, "true", 4) : put(w, "false", 5);
    default:
        break;
    }
    if (w->end - w->p < MOST_NUMBER) return FULL;
    if (c->kind == 'i') {
        int64_t value = at64(&c->first, at);
        if (value < 0) *w->p++ = '-';
        w->p = put_digits(w->p, value < 0 ? -(uint64_t)value : (uint64_t)value);
    } else if (c->kind == 'u') {
        w->p = put_digits(w->p, (uint64_t)at64(&c->first, at));
    } else if (c->kind == 'f') {
        double value;
        memcpy(&value, (const char *)c->first.buf + at * 8, 8);
        put_double(w, value);
#if defined(__SIZEOF_INT128__)
    } else if (c->kind == 'd') {
        put_decimal(w, (const char *)c->first.buf + at * 16, c->scale);
#endif
    } else {
        return WRONG;
    }
    return OK;
}

typedef struct {
    int64_t *rows;
    int64_t count, room, most;
} Hard;

static int add_hard(Hard *hard, int64_t row) {
    if (hard->count == hard->room) {
        int64_t room = hard->room ? 2 * hard->room : 64;
        int64_t *rows = realloc(hard->rows, (size_t)room * 8);
        if (!rows) return NO_MEMORY;
        hard->rows = rows;
        hard->room = room;
    }
    hard->rows[hard->count++] = row;
    return OK;
}

/* Writes rows from `row` on, as many as there is room for. */
static int put_rows(Writer *w, const Column *record, int64_t *row, Hard *hard) {
    for (; *row < record->length; ++*row) {
        uint8_t *start = w->p;
        w->hard = false;
        int found = put_object(w, record, *row);
        if (!found) found = put(w, "\n", 1);
        if (found) {
            w->p = start;
            return found;
        }
        if (w->hard && add_hard(hard, *row)) return NO_MEMORY;
        if (hard->count > hard->most) return OK;
    }
    return OK;
}

/* ---- Python ---- */

static void release(Py_buffer *view) {
    if (view->obj) PyBuffer_Release(view);
}

static void free_column(Column *c) {
    for (int child = 0; child < c->count; child++) free_column(&c->children[child]);
    free(c->children);
    release(&c->validity);
    release(&c->first);
    release(&c->second);
    release(&c->null_at);
}

static int get(Py_buffer *view, PyObject *from) {
    return from == Py_None ? 0 : PyObject_GetBuffer(from, view, PyBUF_SIMPLE);
}

/* Whether the buffers are as long as the places in them that may be asked for. */
static bool is_whole(const Column *c) {
    if (c->offset < 0 || c->length < 0 || c->offset > INT64_MAX / 32 || c->length > INT64_MAX / 32) return false;
    int64_t last = c->offset + c->length, bits = (last + 7) / 8, wanted = 0;
    if (c->validity.obj && c->validity.len < bits) return false;
    if (c->null_offset < 0 || c->null_offset > INT64_MAX / 32) return false;
    if (c->null_at.obj && c->null_at.len < (c->null_offset + c->length + 7) / 8) return false;
    if (c->kind == 't' || c->kind == 'l') wanted = (last + 1) * 4;
    if (c->kind == 'T' || c->kind == 'L') wanted = (last + 1) * 8;
    if (c->kind == 'i' || c->kind == 'u' || c->kind == 'f') wanted = last * 8;
    if (c->kind == 'd') wanted = last * 16;
    if (c->kind == 'b') wanted = bits;
    if (!c->length) wanted = 0; /* empty arrays may come without any */
    if (wanted && (!c->first.obj || c->first.len < wanted)) return false;
    for (int child = 0; c->kind == 'o' && child < c->count; child++)
        if (c->children[child].length < c->length) return false;
    return (c->kind == 'l' || c->kind == 'L') == (c->count == 1 && c->kind != 'o');
}

static int fill_column(Column *c, PyObject *spec, int level) {
    PyObject *validity, *first, *second, *null_at, *children;
    long long offset, length, null_offset;
    int kind;
    if (level > MOST_LEVELS) {
        PyErr_SetString(PyExc_ValueError, "nested too deeply");
        return -1;
    }
    if (!PyArg_ParseTuple(spec, "y#COLLOOiOLO!", &c->key, &c->key_size, &kind, &validity, &offset, &length, &first,
                          &second, &c->scale, &null_at, &null_offset, &PyTuple_Type, &children))
        return -1;
    c->null_offset = null_offset;
    c->kind = (char)kind;
    c->offset = offset;
    c->length = length;
    if (kind <= 0 || kind > 127 || !strchr("tToliufbndL", kind) || c->scale < 0 || c->scale > 38) {
        PyErr_SetString(PyExc_ValueError, "no such kind of column");
        return -1;
    }
#if !defined(__SIZEOF_INT128__)
    if (kind == 'd') {
        PyErr_SetString(PyExc_ValueError, "decimals are for another writer");
        return -1;
    }
#endif
    if (get(&c->validity, validity) || get(&c->first, first) || get(&c->second, second) || get(&c->null_at, null_at))
        return -1;
    Py_ssize_t count = PyTuple_Size(children);
    c->children = calloc((size_t)count + 1, sizeof(Column));
    if (!c->children || count > 1 << 20) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t child = 0; child < count; child++) {
        PyObject *below = PyTuple_GetItem(children, child);
        c->count++; /* what was filled so far is freed */
        if (!PyTuple_Check(below)) {
            PyErr_SetString(PyExc_TypeError, "a column is a tuple");
            return -1;
        }
        if (fill_column(&c->children[child], below, level + 1)) return -1;
    }
    if (!is_whole(c)) {
        PyErr_SetString(PyExc_ValueError, "an array with buffers too short");
        return -1;
    }
    return 0;
}

static PyObject *rows_of(const Hard *hard) {
    PyObject *found = PyList_New((Py_ssize_t)hard->count);
    for (int64_t place = 0; found && place < hard->count; place++) {
        PyObject *row = PyLong_FromLongLong(hard->rows[place]);
        if (!row || PyList_SetItem(found, (Py_ssize_t)place, row)) Py_CLEAR(found);
    }
    return found;
}

static PyObject *write_lines(PyObject *module, PyObject *args) {
    Py_buffer out;
    PyObject *spec, *found = NULL;
    long long at, row, most;
    int explicit_nulls, state = WRONG;
    (void)module;
    if (!PyArg_ParseTuple(args, "w*LO!pLL", &out, &at, &PyTuple_Type, &spec, &explicit_nulls, &row, &most)) return NULL;
    Column record = {0};
    Hard hard = {.most = most};
    int64_t next = row;
    Writer w = {0};
    if (at < 0 || at > out.len || row < 0) {
        PyErr_SetString(PyExc_ValueError, "a place outside");
    } else if (!fill_column(&record, spec, 1)) {
        if (record.kind != 'o') {
            PyErr_SetString(PyExc_ValueError, "records are objects");
        } else {
            w.p = (uint8_t *)out.buf + at;
            w.end = (uint8_t *)out.buf + out.len;
            w.explicit_nulls = explicit_nulls;
            Py_BEGIN_ALLOW_THREADS
            state = put_rows(&w, &record, &next, &hard);
            Py_END_ALLOW_THREADS
            if (state == WRONG) PyErr_SetString(PyExc_ValueError, "an array with a span outside its buffers");
            if (state == NO_MEMORY) PyErr_NoMemory();
            PyObject *rows = state == OK || state == FULL ? rows_of(&hard) : NULL;
            if (rows) found = Py_BuildValue("LLN", (long long)next, (long long)(w.p - (uint8_t *)out.buf), rows);
        }
    }
    free_column(&record);
    free(hard.rows);
    PyBuffer_Release(&out);
    return found;
}

static PyMethodDef methods[] = {
    {"write_lines", write_lines, METH_VARARGS, "write_lines(out, at, record, explicit_nulls, row, most): see json_text.py"},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot module_slots[] = {{0, NULL}};
static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_json_text",
    .m_methods = methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__json_text(void) { return PyModuleDef_Init(&module); }
