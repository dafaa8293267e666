/* SPDX-License-Identifier: MIT */
/*
 * Job: the tables of the topology file's words as Markdown.
 */
#include "reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "kinds/kind.h"
#include "model/test.h"

static const struct table *const tables[] = {
    &table_lab,      &table_defaults, &table_netns, &table_attach,  &table_iface,
    &table_address,  &table_altname,  &table_netem, &table_link,    &table_route,
    &table_nexthop,  &table_rule,     &table_neighbor, &table_sysctl, &table_vlan,
    &table_port_forward, &table_service, &table_variable, &table_test, &table_ping, &table_tcp, &table_udp, &table_arp, &table_fib,
    &table_exec, NULL};

static void write_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putc('\\', out);
        putc(*text, out);
    }
}

static void write_duration(FILE *out, uint64_t nanoseconds)
{
    static const struct {
        const char *unit;
        uint64_t size;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    size_t i = 0;

    while (nanoseconds % units[i].size)
        i++;
    if (nanoseconds)
        fprintf(out, "`%llu%s`", (unsigned long long)(nanoseconds / units[i].size), units[i].unit);
    else
        fputs("`0`", out);
}

static void write_choices(FILE *out, const struct field *field, const char *last)
{
    for (const struct choice *c = field->choices; c && c->word; c++)
        fprintf(out, "`%s`%s", c->word, c[1].word ? ", " : last);
}

static void write_duration_range(FILE *out, const struct field *field)
{
    write_choices(out, field, ", or ");
    fputs("a duration, ", out);
    write_duration(out, (uint64_t)field->min * field->unit);
    fputs(" to ", out);
    write_duration(out, (uint64_t)field->max * field->unit);
}

static void write_range(FILE *out, const struct field *field)
{
    if (field->min == 0 && field->max == UINT32_MAX)
        fputs("a number", out);
    else
        fprintf(out, "%u to %u", field->min, field->max);
}

static void write_kinds(FILE *out)
{
    bool comma = false;

    for (const struct kind *const *kind = kinds; *kind; kind++) {
        if ((*kind)->flags & KIND_BY_LINKS)
            continue;
        fprintf(out, "%s[`%s`](#%s)", comma ? ", " : "", (*kind)->name, (*kind)->name);
        comma = true;
    }
}

/* The anchor of a section. */
static void write_link(FILE *out, const struct table *table)
{
    fprintf(out, "[%s](#", table->name);
    for (const char *c = table->name; *c; c++)
        putc(*c == ' ' ? '-' : tolower((unsigned char)*c), out);
    putc(')', out);
}

static bool has_section(const struct table *table)
{
    for (size_t i = 0; tables[i]; i++)
        if (tables[i] == table)
            return true;
    return false;
}

static void write_value(FILE *out, const struct field *field);

static void write_members(FILE *out, const struct field *field)
{
    if (field->flags & FIELD_LONE_OK) {
        write_value(out, &field->table->fields[0]);
        fputs(", or a list of them", out);
        return;
    }
    if (field->type == FIELD_LIST) {
        fputs("a list, each ", out);
        if (!has_section(field->table) && field->table->field_count == 1) {
            write_value(out, &field->table->fields[0]);
            return;
        }
    } else {
        if (field->flags & FIELD_NAMES_OK)
            fputs("a list of names, or ", out);
        fputs("a mapping from names, each to ", out);
    }
    fputs(strchr("aeiou", *field->table->name) ? "an " : "a ", out);
    write_link(out, field->table);
}

static void write_value(FILE *out, const struct field *field)
{
    static const char *const texts[] = {[FIELD_BOOL] = "`true` or `false`",
                                        [FIELD_IFNAME] = "a name as of an interface",
                                        [FIELD_ADDRESS] = "`IP/PREFIX`",
                                        [FIELD_NETWORK] = "`IP/PREFIX` or `IP`",
                                        [FIELD_DEST] = "`IP/PREFIX`, `IP` or `default`",
                                        [FIELD_MAC] = "`02:00:00:00:00:01`",
                                        [FIELD_MAC_PAIR] = "a list of two link-layer addresses",
                                        [FIELD_PERCENT] = "`0%` to `100%`",
                                        [FIELD_RATE] = "bits a second: `100mbit`",
                                        [FIELD_FWMARK] = "`MARK` or `MARK/MASK`",
                                        [FIELD_VLANS] = "a VLAN ID, 1 to 4094, or a range `A-B`",
                                        [FIELD_PORTS] = "a port, 1 to 65535, or a range `A-B`",
                                        [FIELD_IFREF] = "an interface of the namespace",
                                        [FIELD_ENDPOINTS] = "`[NS:IF, NS:IF]`",
                                        [FIELD_LOWER] = "`IF`, or `NS:IF` of another namespace",
                                        [FIELD_TEXT] = "lines of text",
                                        [FIELD_VALUE] = "a text",
                                        [FIELD_NODE] = "a mapping"};

    if ((size_t)field->type < sizeof texts / sizeof texts[0] && texts[field->type])
        fputs(texts[field->type], out);
    else if (field->type == FIELD_UINT || field->type == FIELD_ENUM)
        write_choices(out, field, field->type == FIELD_UINT ? ", or " : "");
    if (field->type == FIELD_UINT)
        write_range(out, field);
    else if (field->type == FIELD_STRING)
        fprintf(out, "a text of 1 to %u bytes", field->max);
    else if (field->type == FIELD_HOSTNAME)
        fprintf(out, "a host name, up to %u bytes", field->max);
    else if (field->type == FIELD_IP)
        fprintf(out, "`IP`%s", field->flags & FIELD_NONE_OK ? ", or `none`" : "");
    else if (field->type == FIELD_DURATION)
        write_duration_range(out, field);
    else if (field->type == FIELD_KIND)
        write_kinds(out);
    else if (field->type == FIELD_OBJECT)
        fputs("a mapping: ", out), write_link(out, field->table);
    else if (field->type == FIELD_LIST || field->type == FIELD_MAP)
        write_members(out, field);
}

/* What the kernel has and netlab has not. */
static void write_left_out(FILE *out, const struct table *table)
{
    const char *before = "\nLeft out: ";

    for (const struct habit *habit = table->habits; habit && habit->key; habit++) {
        if (strncmp(habit->hint, LEFT_OUT, strlen(LEFT_OUT)) != 0)
            continue;
        fprintf(out, "%s`%s`", before, habit->key);
        before = ", ";
        if (habit[1].key && strcmp(habit[1].hint, habit->hint) == 0)
            continue;
        fprintf(out, " (%s)", habit->hint + strlen(LEFT_OUT));
    }
    if (*before == ',')
        fputs(".\n", out);
}

static void write_table(FILE *out, const struct table *table)
{
    write_text(out, table->doc);
    fputs("\n\n| key | value | default | |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < table->field_count; i++) {
        const struct field *field = &table->fields[i];

        fprintf(out, "| `%s` | ", field->key);
        write_value(out, field);
        fputs(" | ", out);
        if (field->flags & FIELD_REQUIRED)
            fputs("**must be given**", out);
        else if (field->fallback)
            write_text(out, field->fallback);
        fputs(" | ", out);
        write_text(out, field->doc);
        if (field->since)
            fprintf(out, " Since Linux %s.", field->since);
        fputs(" |\n", out);
    }
    write_left_out(out, table);
}

static void write_all_kinds(FILE *out)
{
    for (const struct kind *const *kind = kinds; *kind; kind++) {
        if ((*kind)->flags & KIND_BY_LINKS)
            continue;
        fprintf(out, "\n### %s\n\n%s\n", (*kind)->name, (*kind)->doc);
        if ((*kind)->options) {
            putc('\n', out);
            write_table(out, (*kind)->options);
        }
        if ((*kind)->port_options) {
            fprintf(out, "\n#### %s\n\n", (*kind)->port_options->name);
            write_table(out, (*kind)->port_options);
        }
    }
    putc('\n', out);
}

/* What belongs under a marker. 0 or -EINVAL. */
static int write_block(FILE *out, const char *name, size_t size)
{
    if (size == strlen("kinds") && strncmp(name, "kinds", size) == 0) {
        write_all_kinds(out);
        return 0;
    }
    if (size <= strlen("table ") || strncmp(name, "table ", strlen("table ")) != 0)
        return -EINVAL;
    name += strlen("table ");
    size -= strlen("table ");
    for (size_t i = 0; tables[i]; i++)
        if (strlen(tables[i]->name) == size && strncmp(tables[i]->name, name, size) == 0) {
            write_table(out, tables[i]);
            return 0;
        }
    return -EINVAL;
}

int reference_write(const char *page, FILE *out)
{
    static const char begin[] = "<!-- ", close[] = " -->\n", end[] = "<!-- end -->\n";

    while (*page) {
        const char *marker = strstr(page, begin), *name, *name_end, *block_end;

        if (!marker) {
            fputs(page, out);
            return 0;
        }
        name = marker + strlen(begin);
        name_end = strstr(name, close);
        block_end = name_end ? strstr(name_end, end) : NULL;
        if (!block_end)
            return -EINVAL;
        fwrite(page, 1, (size_t)(name_end + strlen(close) - page), out);
        if (write_block(out, name, (size_t)(name_end - name)) < 0)
            return -EINVAL;
        fputs(end, out);
        page = block_end + strlen(end);
    }
    return 0;
}
