/* SPDX-License-Identifier: MIT */
/*
 * Job: the commands that make, move, alter and delete interfaces.
 * In: ops. Out: text that a POSIX shell reads, by ip.
 */
#include <inttypes.h>

#include "kinds/physical.h"
#include "kinds/tun_options.h"
#include "model/ip.h"
#include "model/text.h"
#include "output/script.h"

/* Where an interface goes that is made elsewhere. */
static void netns_word(FILE *out, const struct netns *netns)
{
    if (netns->host)
        fputs(" netns $$", out); /* the namespace of the shell */
    else if (script_is_attached(netns))
        fputs(" netns ", out), script_variable(out, netns);
    else
        script_named(out, "netns", netns->o.name);
}

static void field_value(FILE *out, const struct field *field, const void *value)
{
    const char *choice =
        field->type == FIELD_ENUM ? choice_word(field->choices, *(const uint32_t *)value) : NULL;
    char text[IP_TEXT];

    if (field->type == FIELD_UINT && !(field->flags & FIELD_HIDDEN_CHOICES))
        choice = choice_word(field->choices, *(const uint32_t *)value);
    if (field->flags & FIELD_ON_OFF)
        fputs(*(const bool *)value ? "on" : "off", out);
    else if (field->type == FIELD_BOOL)
        fprintf(out, "%d", *(const bool *)value);
    else if (field->type == FIELD_IP)
        fputs(((const struct ip *)value)->family ? ip_text(value, text) : "any", out);
    else if (field->type == FIELD_MAC)
        fputs(mac_text(value, text), out);
    else if (field->type == FIELD_LOWER)
        script_word(out, ((const struct endpoint *)value)->name);
    else if (field->type == FIELD_STRING)
        script_word(out, *(const char *const *)value);
    else if (choice)
        fputs(choice, out);
    else
        fprintf(out, field->flags & FIELD_HEX ? "0x%" PRIx32 : "%" PRIu32,
                *(const uint32_t *)value);
}

/* Whether `noword` says the value. */
static bool is_denied(const struct object *object, const struct field *field)
{
    if (!(field->flags & FIELD_NO_WORD))
        return false;
    return field->type == FIELD_BOOL ? !*(const bool *)FIELD_AT(object, field)
                                     : field_is_initial(field, object);
}

static void field_words(FILE *out, const struct object *object, const struct field *field)
{
    bool denied = is_denied(object, field);

    if (denied && field->attribute && !field->width)
        return; /* a flag, which has no such word */
    fputs(denied ? " no" : " ", out);
    script_field_word(out, field);
    if (denied || (field->flags & FIELD_NO_WORD && field->type == FIELD_BOOL))
        return;
    putc(' ', out);
    field_value(out, field, FIELD_AT(object, field));
}

/* What is told of a kind that is told all options is what was given, and what is no longer. */
static bool is_told(const struct object *object, const struct object *seen, unsigned index,
                    bool whole)
{
    const struct field *field = &object->table->fields[index];

    if (!field_is_option(field) || field->type == FIELD_LIST ||
        field->flags & (FIELD_IP_BY_KIND | FIELD_LATE))
        return false;
    if (object_has(object, index) && (!seen || whole || field->flags & FIELD_TOLD))
        return true;
    return seen && diff_field(seen, object, index);
}

/* The fields of an object that were given and go to the kernel as they are; with `seen` only those
   that differ, or these too. What is denied comes first: `nokey ikey 1`. */
static void fields(FILE *out, const struct object *object, const struct object *seen, bool whole)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < object->table->field_count; i++) {
            const struct field *field = &object->table->fields[i];

            if (is_told(object, seen, i, whole) && is_denied(object, field) == !pass)
                field_words(out, object, field);
        }
}

/* Those of its kind. */
static void options(FILE *out, const struct iface *iface, const struct object *seen)
{
    bool whole = iface->kind && iface->kind->flags & KIND_WHOLE;

    if (!iface->options)
        return;
    fields(out, iface->options, seen, whole);
    if (iface->kind->ip)
        iface->kind->ip(iface->options, whole ? NULL : seen, out);
}

static void common(FILE *out, const struct iface *iface)
{
    char mac[MAC_TEXT];

    if (iface->ifindex && iface->o.table) /* not of what is given back */
        fprintf(out, " index %" PRIu32, iface->ifindex);
    if (object_has(&iface->o, IFACE_MTU))
        fprintf(out, " mtu %" PRIu32, iface->mtu);
    if (object_has(&iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %" PRIu32, iface->txqueuelen);
    if (object_has(&iface->o, IFACE_MAC))
        fprintf(out, " address %s", mac_text(&iface->mac, mac));
    if (iface->link)
        fputs(" numtxqueues 1 numrxqueues 1", out);
}

/* What one gets that was not made by `ip link add`. */
static void print_made(FILE *out, const struct iface *iface)
{
    static const unsigned more[] = {IFACE_MTU, IFACE_TXQUEUELEN, IFACE_MAC};
    struct iface plain = *iface;
    bool any = iface->master;

    for (size_t i = 0; i < COUNT(more); i++)
        any = any || object_has(&iface->o, more[i]);
    if (!any)
        return;
    plain.ifindex = 0; /* it can't be chosen */
    script_ip(out, "ip", iface_netns(iface));
    script_named(out, "link set dev", iface->o.name);
    common(out, &plain);
    if (iface->master)
        script_named(out, "master", iface->master->o.name);
    putc('\n', out);
}

static void print_tun(FILE *out, const struct iface *iface)
{
    script_ip(out, "ip", iface_netns(iface));
    script_named(out, "tuntap add dev", iface->o.name);
    fprintf(out, " mode %s", iface->kind->name);
    script_tun_options(out, (const struct tun *)iface->options);
    putc('\n', out);
    print_made(out, iface);
}

/* A NIC, from where the commands are given. */
static void print_move(FILE *out, const struct iface *iface)
{
    fputs("ip", out);
    script_named(out, "link set dev", iface_physical(iface)->device);
    script_named(out, "name", iface->o.name);
    netns_word(out, iface_netns(iface));
    fputs(" down\n", out);
    print_made(out, iface);
}

/* And back there. */
static void print_return(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->from;

    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    script_named(out, "name", iface_physical(iface)->device);
    fputs(" netns $$\n", out);
}

static void print_new_link(FILE *out, const struct op *op)
{
    const struct link *link = (const struct link *)op->to;
    const struct iface *iface = link->o.table == &table_link ? link->ends[link_main(link)].iface
                                                             : (const struct iface *)op->to;
    const struct iface *peer = iface_peer(iface);
    const struct stacked *stacked = iface_stacked(iface);

    if (iface->kind->tun) {
        print_tun(out, iface);
        return;
    }
    if (iface_is_moved(iface)) {
        print_move(out, iface);
        return;
    }
    script_ip(out, "ip", op_place(op));
    fputs(" link add", out);
    if (stacked && stacked->lower.name && !kind_lower_field(iface->kind)->attribute)
        script_named(out, "link", stacked->lower.name);
    script_named(out, "name", iface->o.name);
    common(out, iface);
    if (iface->master)
        script_named(out, "master", iface->master->o.name);
    if (peer && iface->up && !iface_is_opened(iface) && !iface->netem)
        fputs(" up", out);
    if (op_place(op) != iface_netns(iface))
        netns_word(out, iface_netns(iface));
    script_named(out, "type", iface->kind->name);
    options(out, iface, NULL);
    if (peer) {
        script_named(out, "peer name", peer->o.name);
        common(out, peer);
        if (iface_netns(peer) != iface_netns(iface))
            netns_word(out, iface_netns(peer));
    }
    putc('\n', out);
}

static void print_unlink(FILE *out, const struct op *op)
{
    const struct link *link = (const struct link *)op->from;
    const struct iface *iface = (const struct iface *)op->from;

    if (link->o.table == &table_link)
        iface = link->ends[iface_netns(link->ends[0].iface) == op->netns ? 0 : 1].iface;
    else if (iface_is_moved(iface)) {
        print_return(out, op);
        return;
    }
    script_ip(out, "ip", op->netns);
    script_named(out, "link del dev", iface->o.name);
    putc('\n', out);
}

/* What differs, and nothing else. */
static void print_change(FILE *out, const struct op *op)
{
    const struct iface *seen = (const struct iface *)op->from;
    const struct iface *iface = (const struct iface *)op->to;
    struct manner_word words[MANNER_WORDS];
    char mac[MAC_TEXT];

    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    for (size_t i = 0, count = diff_manner(seen, iface, words); i < count; i++)
        fprintf(out, " %s %s", words[i].word, words[i].should);
    if (diff_master(seen, iface) && iface_is_opened(iface))
        fputs(" down", out);
    if (diff_master(seen, iface) && iface->master)
        script_named(out, "master", iface->master->o.name);
    else if (diff_master(seen, iface))
        fputs(" nomaster", out);
    if (diff_alias(seen, iface))
        script_named(out, "alias", object_has(&iface->o, IFACE_ALIAS) ? iface->alias : "");
    if (diff_mtu(seen, iface))
        fprintf(out, " mtu %" PRIu32, iface->mtu);
    if (diff_field(&seen->o, &iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %" PRIu32, iface->txqueuelen);
    if (diff_field(&seen->o, &iface->o, IFACE_MAC))
        fprintf(out, " address %s", mac_text(&iface->mac, mac));
    if (seen->up != iface->up)
        fputs(iface->up ? " up" : " down", out);
    if (diff_options(seen->options, iface->options)) {
        script_named(out, "type", iface->kind->name);
        options(out, iface, seen->options);
    }
    putc('\n', out);
}

/* Options that need its members. ip can't take an interface's name back. */
static void print_late(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;
    const struct iface *seen = (const struct iface *)op->from;

    for (unsigned i = 0; i < iface->options->table->field_count; i++) {
        const struct field *field = &iface->options->table->fields[i];
        const struct ifref *ref = FIELD_AT(iface->options, field);

        if (!(field->flags & FIELD_LATE) ||
            (seen ? !diff_field(seen->options, iface->options, i) : !object_has(iface->options, i)))
            continue;
        if (ref->name) {
            script_ip(out, "ip", op->netns);
            script_named(out, "link set dev", iface->o.name);
            fprintf(out, " type %s %s", iface->kind->name, field->key);
            script_named(out, "", ref->name);
        } else {
            script_within(out, op->netns);
            fprintf(out, "sh -c 'echo >/sys/class/net/\"$1\"/%s/%s' sh ", iface->kind->sysfs,
                    field->key);
            script_word(out, iface->o.name);
        }
        putc('\n', out);
    }
}

static void print_existing(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op_object(op);
    const struct iface *values = op_removes(op) ? iface->before : iface;

    if (!values)
        return;
    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    if (iface->master && op_removes(op))
        fputs(" nomaster", out);
    else if (iface->master)
        script_named(out, "master", iface->master->o.name);
    common(out, values);
    if (object_has(&values->o, IFACE_ALIAS))
        script_named(out, "alias", values->alias);
    if (object_has(&values->o, IFACE_UP))
        fputs(values->up ? " up" : " down", out);
    putc('\n', out);
}

void script_iface(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;

    if (op->flags & OP_LATE) {
        print_late(out, op);
        return;
    }
    if (!op->to || (!op->from && iface->existing)) {
        print_existing(out, op);
        return;
    }
    if (op->from) {
        print_change(out, op);
        return;
    }
    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", iface->o.name);
    if (op->flags & OP_ENSLAVE) {
        script_named(out, "master", iface->master->o.name);
        putc('\n', out);
        return;
    }
    if (iface->master && iface->link && link_main(iface->link) != iface->end)
        script_named(out, "master", iface->master->o.name);
    if (object_has(&iface->o, IFACE_ALIAS))
        script_named(out, "alias", iface->alias);
    if ((!iface->kind || iface_ports(iface)) && object_has(&iface->o, IFACE_MTU))
        fprintf(out, " mtu %" PRIu32, iface->mtu);
    if (!iface->kind && object_has(&iface->o, IFACE_TXQUEUELEN))
        fprintf(out, " txqueuelen %" PRIu32, iface->txqueuelen);
    if (iface->up && !iface_is_opened(iface))
        fputs(" up", out);
    putc('\n', out);
}

void script_port(FILE *out, const struct op *op)
{
    const struct port *port = (const struct port *)op->to;

    script_ip(out, "ip", op->netns);
    script_named(out, "link set dev", port->o.name);
    fprintf(out, " type %s_slave", port->iface->master->kind->name);
    fields(out, &port->o, op->from, false);
    putc('\n', out);
}

void script_link(FILE *out, const struct op *op)
{
    if (op_removes(op))
        print_unlink(out, op);
    else
        print_new_link(out, op);
}
