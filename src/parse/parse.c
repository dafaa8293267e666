/* SPDX-License-Identifier: MIT */
/*
 * Job: the way of a text through this room: tree, fields, references, checks.
 * In: text. Out: a lab, or every error of the text.
 */
#include "parse/parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kinds/kind.h"
#include "parse/check.h"
#include "parse/fields.h"
#include "parse/resolve.h"

bool parse_is_name(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size > LAB_NAME_MAX || !isalnum((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
            return false;
    return true;
}

static const char *display_name(const char *file)
{
    if (!file)
        return "<buffer>";
    return strcmp(file, "-") == 0 ? "<stdin>" : file;
}

/* The name of the directory that a file is in. 0 or -ENOMEM. */
static int directory_name(struct arena *arena, const char *file, const char **ret_name)
{
    const char *slash = strrchr(file, '/'), *base;
    char *directory = slash ? arena_strndup(arena, file, slash == file ? 1 : (size_t)(slash - file))
                            : arena_strdup(arena, ".");
    char *real;

    if (!directory)
        return -ENOMEM;
    errno = 0;
    real = realpath(directory, NULL);
    if (!real && errno == ENOMEM)
        return -ENOMEM;
    base = strrchr(real ? real : directory, '/');
    *ret_name = arena_strdup(arena, base ? base + 1 : directory);
    free(real);
    return *ret_name ? 0 : -ENOMEM;
}

/* What the lab is called where the file does not say; NULL: there is nothing. 0 or -ENOMEM. */
static int default_name(struct arena *arena, const char *file, const char **ret_name)
{
    const char *slash, *base;
    size_t size;

    *ret_name = NULL;
    if (!file || strcmp(file, "-") == 0)
        return 0;
    slash = strrchr(file, '/');
    base = slash ? slash + 1 : file;
    if (strcmp(base, "topo.yaml") == 0 || strcmp(base, "topo.yml") == 0)
        return directory_name(arena, file, ret_name);
    size = strlen(base);
    if (size > 5 && strcmp(base + size - 5, ".yaml") == 0)
        size -= 5;
    else if (size > 4 && strcmp(base + size - 4, ".yml") == 0)
        size -= 4;
    *ret_name = arena_strndup(arena, base, size);
    return *ret_name ? 0 : -ENOMEM;
}

/* Make lab->name definite. 0, -EINVAL, -ENOMEM. */
static int name_lab(struct parse *p, const char *file)
{
    struct netlab_lab *lab = p->lab;
    struct use use = use_find(p->root, "name");
    const char *name;

    if (use.node) {
        if (use.node->bad)
            return -EINVAL;                /* complained about */
        if (use.node->type != NODE_SCALAR) /* as scalar_read() says it */
            return ERROR(p, use_mark(use), "'name' must be a single value, not %s", use_what(use));
        lab->name = use.node->text;
        if (parse_is_name(lab->name))
            return 0;
        ERROR(p, use_mark(use), "'%s' is no legal name for a lab", lab->name);
        HINT(p, "letters, digits, '_', '.', '-', at most %d; the first is a letter or digit",
             LAB_NAME_MAX);
        return -EINVAL;
    }
    if (default_name(lab->arena, file, &name) < 0)
        return -ENOMEM;
    if (!name) {
        ERROR(p, (struct mark){0}, "'name' is missing");
        HINT(p, "without a file name there is no other name for the lab: write 'name: …'");
        return -EINVAL;
    }
    if (!parse_is_name(name)) {
        ERROR(p, (struct mark){0}, "'%s', from the file's name, is no legal name for a lab", name);
        HINT(p, "write 'name: …' in the file, or rename it");
        return -EINVAL;
    }
    lab->name = name;
    return 0;
}

static int check_defaults(struct parse *p)
{
    struct use use = use_find(p->root, "defaults");
    struct object *object;

    if (!use.node)
        return 0;
    object = object_new(p, &table_defaults, &p->lab->o, NULL, use_mark(use));
    if (!object || object_read(p, object, use) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < table_defaults.field_count; i++) {
        const struct field *field = &table_defaults.fields[i];
        struct use body = use_find(use, field->key);

        if (body.node && object_check_default(p, field->table, body) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int check(struct parse *p, size_t errors)
{
    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        check_netns(p, netns);
    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        if (check_ifaces(p, netns) < 0 || check_routes(p, netns) < 0 || check_rules(p, netns) < 0 ||
            check_neighbors(p, netns) < 0 || check_services(p, netns) < 0)
            return -ENOMEM;
    if (check_tests(p) < 0)
        return -ENOMEM;
    /* what an error leaves out would look suspicious */
    return report_errors(p->report) == errors ? check_segments(p) : 0;
}

/* NICs move out of the host's namespace, whether the file names that or not. */
static int add_host(struct parse *p)
{
    LIST_EACH (struct netns, netns, &p->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface_is_moved(iface) && !p->lab->host) {
                struct netns *host = lab_add_foreign(p->lab, "host");

                if (!host)
                    return -ENOMEM;
                host->implied = true;
            }
    return 0;
}

/* 0 or -ENOMEM. */
static int read_lab(struct parse *p, const char *file, size_t errors)
{
    struct netlab_lab *lab = p->lab;

    lab->o.marks = arena_array(lab->arena, table_lab.field_count, sizeof *lab->o.marks);
    if (!lab->o.marks || object_read(p, &lab->o, p->root) < 0)
        return -ENOMEM;
    if (p->root.node->type == NODE_MAP && (name_lab(p, file) == -ENOMEM || check_defaults(p) < 0))
        return -ENOMEM;
    if (resolve(p) < 0 || definite(p) < 0 || check(p, errors) < 0)
        return -ENOMEM;
    return add_host(p);
}

/* The tree of a text, in an empty lab. 0, -EINVAL, -ENOMEM. */
static int read_tree(struct parse *p, const char *text, size_t size, const char *file)
{
    struct netlab_lab *lab = p->lab;
    struct tree tree = {.text = lab->arena, .scratch = p->scratch, .source = &lab->source};
    int err;

    if (source_init(&lab->source, lab->arena, display_name(file), text, size) < 0)
        return -ENOMEM;
    if (size > PARSE_SIZE_MAX)
        return ERROR(p, (struct mark){0}, "the file is larger than %d MiB",
                     PARSE_SIZE_MAX / 1024 / 1024);
    tree.report = p->report;
    err = tree_read(&tree);
    p->root = tree.root;
    return err;
}

static void parse_release(struct parse *p)
{
    arena_free(p->scratch);
    lab_free(p->lab);
}

static int parse_init(struct parse *p, struct netlab_report *report)
{
    *p = (struct parse){.report = report, .scratch = arena_new(), .lab = lab_new()};
    return p->scratch && p->lab ? 0 : -ENOMEM;
}

static int parse_into(struct parse *p, const char *text, size_t size, const char *file)
{
    size_t before = report_errors(p->report);
    int err = read_tree(p, text, size, file);

    if (err == 0)
        err = read_lab(p, file, before);
    if (err < 0)
        return err;
    return report_errors(p->report) > before ? -EINVAL : 0;
}

int parse_lab(const char *text, size_t size, const char *file, struct netlab_lab **ret_lab,
              struct netlab_report *report)
{
    /* whether something was wrong is read off the report, so there must be one */
    struct netlab_report *own = report ? NULL : netlab_report_new();
    struct parse p;
    int err = parse_init(&p, report ? report : own);

    if (err == 0 && p.report)
        err = parse_into(&p, text, size, file);
    else
        err = -ENOMEM;
    if (err == 0)
        *ret_lab = TAKE(p.lab);
    if (err == -ENOMEM)
        report_oom(report);
    parse_release(&p);
    netlab_report_free(own);
    return err;
}

/* 0, -EINVAL, -ENOMEM. */
static int try_name(const char *text, size_t size, const char *file,
                    char ret_name[LAB_NAME_MAX + 1], struct netlab_report *report)
{
    struct parse p;
    int err = parse_init(&p, report);

    if (err == 0)
        err = read_tree(&p, text, size, file);
    if (err == 0)
        err = name_lab(&p, file);
    if (err == 0)
        memcpy(ret_name, p.lab->name, strlen(p.lab->name) + 1);
    parse_release(&p);
    return err;
}

int parse_name(const char *text, size_t size, const char *file, char ret_name[LAB_NAME_MAX + 1],
               struct netlab_report *report)
{
    /* errors elsewhere are of no interest, as long as there is a name */
    int err = try_name(text, size, file, ret_name, NULL);

    if (err == -EINVAL)
        err = try_name(text, size, file, ret_name, report);
    if (err == -ENOMEM)
        report_oom(report);
    return err;
}
