/* SPDX-License-Identifier: MIT */
/*
 * Job: numbers, words, names, durations, addresses.
 * In: nodes. Out: values of the model, or what is wrong with them and how to write it.
 */
#include "parse/scalar.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "model/text.h"
#include "parse/parse.h"
#include "parse/value.h"

#define FAIL(p, use, ...) ERROR(p, use_mark(use), __VA_ARGS__)

enum {
    WORDS_MAX = 32, /* of one field's choices, listed in a hint */
};

/* Hint at the words that a field takes. */
static void hint_words(struct parse *p, const struct field *field, const char *text)
{
    const char *words[WORDS_MAX + 1] = {0};
    char list[256] = "";
    size_t count = 0, size = 0;

    for (const struct choice *c = field->choices; c && c->word && count < WORDS_MAX; c++) {
        words[count++] = c->word;
        if (size < sizeof list)
            size += (size_t)snprintf(list + size, sizeof list - size, "%s%s", size ? ", " : "",
                                     c->word);
    }
    report_similar(p->report, text, words);
    if (count)
        HINT(p, "it takes %s%s", list, field->type == FIELD_UINT ? ", or a number" : "");
}

static int read_bool(struct parse *p, const struct field *field, struct use use, bool *ret)
{
    static const char *const words[] = {"true", "yes", "on", "false", "no", "off", NULL};
    const char *text = use.node->text;

    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i < 3;
            return 0;
        }
    FAIL(p, use, "'%s' must be true or false, not '%s'", field->key, text);
    report_similar(p->report, text, words);
    return -EINVAL;
}

/* A user or group of this machine, by name. 0, -EINVAL (complained about), -ENOMEM. */
static int read_account(struct parse *p, const struct field *field, struct use use, uint32_t *ret)
{
    const char *text = use.node->text;
    bool user = field->flags & FIELD_USER;
    const struct passwd *passwd = NULL;
    const struct group *group = NULL;

    errno = 0;
    if (user)
        passwd = getpwnam(text);
    else
        group = getgrnam(text);
    if (!passwd && !group)
        return errno == ENOMEM ? -ENOMEM
                               : FAIL(p, use, "there is no %s '%s' on this machine",
                                      user ? "user" : "group", text);
    *ret = user ? (uint32_t)passwd->pw_uid : (uint32_t)group->gr_gid;
    return 0;
}

/* A number that iproute2 shows as it shows an IPv4 address. */
static int dotted_parse(const char *text, uint64_t *ret)
{
    struct ip ip;

    if (ip_parse(text, &ip) < 0 || ip.family != AF_INET)
        return -EINVAL;
    *ret = 0;
    for (size_t i = 0; i < ip_bytes(&ip); i++)
        *ret = *ret << 8 | ip.bytes[i];
    return 0;
}

/* A field of width 4 takes all of uint32_t, one of a smaller range says so. */
static int read_uint(struct parse *p, const struct field *field, struct use use, uint32_t *ret)
{
    const char *text = use.node->text;
    const struct choice *choice = choice_find(field->choices, text);
    uint64_t value = 0;
    int err;

    if (choice) {
        *ret = choice->value;
        return 0;
    }
    err = number_parse(text, &value);
    if (err == -EINVAL && field->flags & FIELD_DOTTED)
        err = dotted_parse(text, &value);
    if (err == -EINVAL && field->vrf && !isdigit((unsigned char)text[0]) && !ifname_fault(text)) {
        *(const char **)((char *)ret - field->offset + field->vrf) = text;
        return 0; /* resolve.c knows whose name that is */
    }
    if (err == -EINVAL && field->flags & (FIELD_USER | FIELD_GROUP) && !isdigit(*text))
        return read_account(p, field, use, ret);
    if (err == -EINVAL && text[0] == '0' && isdigit((unsigned char)text[1])) {
        FAIL(p, use, "'%s' has a leading zero", text);
        HINT(p, "numbers are decimal, or hexadecimal with 0x");
        return -EINVAL;
    }
    if (err == -EINVAL && !(text[0] == '-' && isdigit((unsigned char)text[1]))) {
        FAIL(p, use, "'%s' must be a number, not '%s'", field->key, text);
        hint_words(p, field, text);
        return -EINVAL;
    }
    if (err < 0 || value < field->min || value > field->max)
        return FAIL(p, use, "'%s' must be %" PRIu32 " to %" PRIu32 ", not %s", field->key,
                    field->min, field->max, text);
    *ret = (uint32_t)value;
    return 0;
}

static const struct choice *find_choice(const struct field *field, const char *text)
{
    if (!(field->flags & FIELD_ANY_CASE))
        return choice_find(field->choices, text);
    for (const struct choice *choice = field->choices; choice->word; choice++)
        if (strcasecmp(choice->word, text) == 0)
            return choice;
    return NULL;
}

static int read_enum(struct parse *p, const struct field *field, struct use use, uint32_t *ret)
{
    const struct choice *choice = find_choice(field, use.node->text);

    if (choice) {
        *ret = choice->value;
        return 0;
    }
    FAIL(p, use, "'%s' can not be '%s'", field->key, use.node->text);
    hint_words(p, field, use.node->text);
    return -EINVAL;
}

static int read_string(struct parse *p, const struct field *field, struct use use, const char **ret)
{
    const char *text = use.node->text;
    size_t size = strlen(text);

    if (!size)
        return FAIL(p, use, "'%s' must not be empty", field->key);
    if (field->max && size > field->max)
        return FAIL(p, use, "'%s' has %zu bytes, the longest that fits is %" PRIu32, field->key,
                    size, field->max);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return FAIL(p, use, "'%s' must not have control characters or line breaks", field->key);
    *ret = text;
    return 0;
}

const char *ifname_fault(const char *name)
{
    static const char *const reserved[] = {".", "..", "all", "default", NULL};

    if (!*name)
        return "is empty";
    if (strlen(name) > IFACE_NAME_MAX)
        return "is longer than 15 bytes";
    for (size_t i = 0; reserved[i]; i++)
        if (strcmp(name, reserved[i]) == 0)
            return "is reserved by the kernel";
    for (; *name; name++) {
        if (*name == '/' || *name == ':' || *name == '%')
            return "must not contain '/', ':' or '%'";
        if (isspace((unsigned char)*name) || (unsigned char)*name < 0x20 || *name == 0x7f)
            return "must not contain blanks or control characters";
    }
    return NULL;
}

#define NAME_HINT "letters, digits, '_', '.', '-', at most %d; the first is a letter or digit"

static bool is_variable_name(const char *name)
{
    return *name && !isdigit((unsigned char)*name) &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] ==
               '\0';
}

int name_check(struct parse *p, enum name_rule rule, const char *name, struct mark mark)
{
    const char *fault;

    switch (rule) {
    case NAMES_NONE:
    case NAMES_SYSCTL: /* needs the names of all interfaces */
        break;
    case NAMES_IFACE:
        fault = ifname_fault(name);
        if (fault)
            return ERROR(p, mark, "the interface name '%s' %s", name, fault);
        break;
    case NAMES_SERVICE:
        if (parse_is_name(name))
            break;
        ERROR(p, mark, "'%s' is no legal name for a service", name);
        HINT(p, NAME_HINT, LAB_NAME_MAX);
        return -EINVAL;
    case NAMES_ENV:
        if (is_variable_name(name))
            break;
        ERROR(p, mark, "'%s' is no legal name for an environment variable", name);
        HINT(p, "letters, digits, '_'; the first is no digit");
        return -EINVAL;
    case NAMES_NETNS:
        if (strcmp(name, "all") == 0)
            return ERROR(p, mark, "the namespace name 'all' is reserved");
        if (parse_is_name(name))
            break;
        ERROR(p, mark, "'%s' is no legal name for a namespace", name);
        HINT(p, NAME_HINT, LAB_NAME_MAX);
        return -EINVAL;
    }
    return 0;
}

static int read_ifname(struct parse *p, const struct field *field, struct use use, const char **ret)
{
    const char *text = use.node->text;
    size_t size = strcspn(text, ":");
    const char *fault;

    /* an address's label may go on after a colon: eth0:1 */
    if (strlen(text) > IFACE_NAME_MAX || !text[size]) {
        fault = ifname_fault(text);
    } else {
        char name[IFACE_NAME_MAX + 1];

        memcpy(name, text, size);
        name[size] = '\0';
        fault = ifname_fault(name);
    }
    if (fault)
        return FAIL(p, use, "the %s '%s' %s", field->key, text, fault);
    *ret = text;
    return 0;
}

static int read_hostname(struct parse *p, const struct field *field, struct use use,
                         const char **ret)
{
    const char *text = use.node->text;
    size_t size = strlen(text);
    bool legal =
        size > 0 && isalnum((unsigned char)text[0]) && isalnum((unsigned char)text[size - 1]);

    if (size > HOSTNAME_MAX)
        return FAIL(p, use, "'%s' has %zu bytes, the longest that fits is %d", field->key, size,
                    HOSTNAME_MAX);
    for (size_t i = 0; i < size; i++)
        legal &= isalnum((unsigned char)text[i]) || strchr("-._", text[i]);
    if (!legal) {
        FAIL(p, use, "'%s' is no legal host name", text);
        HINT(p, "letters, digits, '-', '.', '_'; first and last a letter or digit");
        return -EINVAL;
    }
    *ret = text;
    return 0;
}

static int read_duration(struct parse *p, const struct field *field, struct use use, uint32_t *ret)
{
    const char *text = use.node->text;
    const struct choice *choice = choice_find(field->choices, text);
    char least[DURATION_TEXT], most[DURATION_TEXT];
    uint64_t value = 0;
    int err;

    if (choice) {
        *ret = choice->value;
        return 0;
    }
    err = duration_parse(text, &value);
    if (err == -EAGAIN) {
        FAIL(p, use, "'%s' needs a unit: %ss, %sms, …", field->key, text, text);
        return -EINVAL;
    }
    if (err == -EINVAL) {
        FAIL(p, use, "'%s' must be a duration, not '%s'", field->key, text);
        HINT(p, "a number and one of the units ns, us, ms, s, min, h%s%s",
             field->choices ? "; or " : "", field->choices ? field->choices->word : "");
        return -EINVAL;
    }
    if (err < 0 || value < (uint64_t)field->min * field->unit ||
        value > (uint64_t)field->max * field->unit)
        return FAIL(p, use, "'%s' must be %s to %s, not %s", field->key,
                    duration_text((uint64_t)field->min * field->unit, least),
                    duration_text((uint64_t)field->max * field->unit, most), text);
    if (value % field->unit)
        return FAIL(p, use, "'%s' must be a multiple of %s, not %s", field->key,
                    duration_text(field->unit, least), text);
    *ret = (uint32_t)(value / field->unit);
    return 0;
}

/* MARK or MARK/MASK */
static int read_fwmark(struct parse *p, const struct field *field, struct use use,
                       struct fwmark *ret)
{
    char text[64];
    uint64_t value = 0, mask = UINT32_MAX;
    char *slash;

    if (strlen(use.node->text) >= sizeof text)
        return FAIL(p, use, "'%s' must be a number, or number/mask", field->key);
    memcpy(text, use.node->text, strlen(use.node->text) + 1);
    slash = strchr(text, '/');
    if (slash)
        *slash++ = '\0';
    if (number_parse(text, &value) < 0 || (slash && number_parse(slash, &mask) < 0) ||
        value > UINT32_MAX || mask > UINT32_MAX) {
        FAIL(p, use, "'%s' must be a number, or number/mask, of 32 bits each; not '%s'", field->key,
             use.node->text);
        return -EINVAL;
    }
    if (value & ~mask)
        WARN(p, use_mark(use), "'%s' has bits that its mask leaves out", use.node->text);
    ret->value = (uint32_t)value;
    ret->mask = (uint32_t)mask;
    return 0;
}

static int read_mac(struct parse *p, const char *key, struct use use, struct mac *ret)
{
    static const struct mac zero;
    const char *text = use.node->text;

    if (mac_parse(text, ret) < 0) {
        FAIL(p, use, "'%s' must be a link-layer address, not '%s'", key, text);
        HINT(p, "six bytes in hexadecimal: 02:00:00:00:00:01");
        return -EINVAL;
    }
    if (ret->bytes[0] & 1) {
        FAIL(p, use, "%s is a group address, an interface's must be unicast", text);
        HINT(p, "the first byte must be even");
        return -EINVAL;
    }
    if (memcmp(ret, &zero, sizeof zero) == 0)
        return FAIL(p, use, "%s can not be an interface's address", text);
    return 0;
}

static bool is_pair(struct parse *p, const struct field *field, struct use use, const char *what)
{
    if (use.node->type != NODE_LIST) {
        FAIL(p, use, "'%s' must be a list of two %s, not %s", field->key, what, use_what(use));
        return false;
    }
    if (use.node->count != 2) {
        FAIL(p, use, "'%s' must be a list of two %s, not %zu", field->key, what, use.node->count);
        return false;
    }
    return true;
}

static int read_mac_pair(struct parse *p, const struct field *field, struct use use,
                         struct mac ret[2])
{
    int err = 0;

    if (!is_pair(p, field, use, "link-layer addresses"))
        return -EINVAL;
    for (size_t i = 0; i < 2; i++) {
        struct use item = use_within(use, use.node->items[i]);

        if (item.node->bad)
            err = -EINVAL;
        else if (item.node->type != NODE_SCALAR)
            err = FAIL(p, item, "'%s' must be a list of two link-layer addresses", field->key);
        else if (read_mac(p, field->key, item, &ret[i]) < 0)
            err = -EINVAL;
    }
    return err;
}

static int read_endpoint(struct parse *p, struct use use, struct endpoint *ret)
{
    const struct node *node = use.node;
    const char *colon;

    ret->mark = use_mark(use);
    if (node->bad)
        return -EINVAL;
    if (node->type == NODE_MAP && node->count == 1 &&
        node->entries[0].value.node->type == NODE_SCALAR) {
        const char *ns = node->entries[0].key.node->text, *name = node->entries[0].value.node->text;

        FAIL(p, use, "'%s: %s' with a blank is a mapping in YAML, not an end of a link", ns, name);
        HINT(p, "write %s:%s", ns, name);
        ret->netns = ns; /* others may name the interface */
        ret->name = name;
        return -EINVAL;
    }
    if (node->type != NODE_SCALAR)
        return FAIL(p, use, "an end of a link is NAMESPACE:INTERFACE, not %s", use_what(use));
    colon = strchr(node->text, ':');
    if (!colon || strchr(colon + 1, ':') || colon == node->text || !colon[1])
        return FAIL(p, use, "an end of a link is NAMESPACE:INTERFACE, not '%s'", node->text);
    ret->netns = arena_strndup(p->lab->arena, node->text, (size_t)(colon - node->text));
    ret->name = colon + 1;
    return ret->netns ? 0 : -ENOMEM;
}

/* IF, or NS:IF. */
static int read_lower(struct parse *p, const struct field *field, struct use use,
                      struct endpoint *ret)
{
    const char *text = use.node->text, *colon = strchr(text, ':');

    ret->mark = use_mark(use);
    ret->name = colon ? colon + 1 : text;
    if (!*ret->name || colon == text || strchr(ret->name, ':'))
        return FAIL(p, use, "'%s' must be INTERFACE or NAMESPACE:INTERFACE, not '%s'", field->key,
                    text);
    if (!colon)
        return 0;
    ret->netns = arena_strndup(p->lab->arena, text, (size_t)(colon - text));
    return ret->netns ? 0 : -ENOMEM;
}

static int read_endpoints(struct parse *p, const struct field *field, struct use use,
                          struct endpoint ret[2])
{
    int result = 0;

    if (!is_pair(p, field, use, "ends"))
        return -EINVAL;
    for (size_t i = 0; i < 2; i++) {
        int err = read_endpoint(p, use_within(use, use.node->items[i]), &ret[i]);

        if (err == -ENOMEM)
            return err;
        if (err < 0)
            result = err;
    }
    return result;
}

static bool takes_pair(enum field_type type)
{
    return type == FIELD_ENDPOINTS || type == FIELD_MAC_PAIR;
}

/* What is no single value, or none at all. */
static int scalar_check(struct parse *p, const struct field *field, struct use use)
{
    if (use.node->bad)
        return -EINVAL;
    if (takes_pair(field->type))
        return 0;
    if (use.node->type != NODE_SCALAR) {
        FAIL(p, use, "'%s' must be a single value, not %s", field->key, use_what(use));
        if (use.node->flow && (field->type == FIELD_IP || field->type == FIELD_DEST))
            HINT(p, "an address that begins with '[' or ':' needs quotes");
        return -EINVAL;
    }
    if (field->type != FIELD_VALUE && use.node->plain && !*use.node->text)
        return FAIL(p, use, "'%s' has no value", field->key);
    return 0;
}

int scalar_read(struct parse *p, const struct field *field, struct use use, void *ret_value)
{
    int err = scalar_check(p, field, use);

    if (err < 0)
        return err;
    switch (field->type) {
    case FIELD_BOOL:
        return read_bool(p, field, use, ret_value);
    case FIELD_UINT:
        return read_uint(p, field, use, ret_value);
    case FIELD_ENUM:
        return read_enum(p, field, use, ret_value);
    case FIELD_STRING:
        return read_string(p, field, use, ret_value);
    case FIELD_IFNAME:
        return read_ifname(p, field, use, ret_value);
    case FIELD_HOSTNAME:
        return read_hostname(p, field, use, ret_value);
    case FIELD_IP:
    case FIELD_ADDRESS:
    case FIELD_NETWORK:
    case FIELD_DEST:
        return address_read(p, field, use, ret_value);
    case FIELD_MAC:
        return read_mac(p, field->key, use, ret_value);
    case FIELD_MAC_PAIR:
        return read_mac_pair(p, field, use, ret_value);
    case FIELD_DURATION:
        return read_duration(p, field, use, ret_value);
    case FIELD_PERCENT:
        return percent_read(p, field, use, ret_value);
    case FIELD_RATE:
        return rate_read(p, field, use, ret_value);
    case FIELD_FWMARK:
        return read_fwmark(p, field, use, ret_value);
    case FIELD_VLANS:
        return vlans_read(p, use, ret_value);
    case FIELD_PORTS:
        return ports_read(p, use, ret_value);
    case FIELD_IFREF:
        ((struct ifref *)ret_value)->name = use.node->text;
        return *use.node->text ? 0 : FAIL(p, use, "'%s' must not be empty", field->key);
    case FIELD_ENDPOINTS:
        return read_endpoints(p, field, use, ret_value);
    case FIELD_LOWER:
        return read_lower(p, field, use, ret_value);
    case FIELD_VALUE:
    case FIELD_TEXT:
        *(const char **)ret_value = use.node->text;
        return 0;
    case FIELD_KIND:
    case FIELD_OBJECT:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_NODE:
        break; /* fields.c reads them */
    }
    return 0;
}
