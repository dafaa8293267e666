/* SPDX-License-Identifier: MIT */
/*
 * Job: words of shell commands; the commands for what rtnetlink does not make: ip tuntap and wg.
 * In: values, ops. Out: text that a POSIX shell reads.
 *
 * A script that does what `up` does has to have the keys that are in the file. Those that are in
 * files of their own are read from there, those that netlab makes are made by `wg genkey`.
 */
#include "output/script.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "kinds/wireguard.h"
#include "model/ip.h"

void script_word(FILE *out, const char *text)
{
    if (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_-./:=@%+,")]) {
        fputs(text, out);
        return;
    }
    putc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            putc(*text, out);
    putc('\'', out);
}

bool script_is_attached(const struct netns *netns)
{
    return netns->foreign && !netns->host;
}

/* The variable that has an attached namespace's path. */
void script_variable(FILE *out, const struct netns *netns)
{
    fprintf(out, "\"${netns_%zu:?}\"", netns->index);
}

static void enter(FILE *out, const struct netns *netns)
{
    fputs("nsenter --net=", out);
    script_variable(out, netns);
    putc(' ', out);
}

void script_ip(FILE *out, const char *tool, const struct netns *netns)
{
    if (script_is_attached(netns))
        enter(out, netns);
    fputs(tool, out);
    if (!netns->foreign) {
        fputs(" -n ", out);
        script_word(out, netns->o.name);
    }
}

void script_named(FILE *out, const char *before, const char *name)
{
    fprintf(out, " %s ", before);
    script_word(out, name);
}

/* What a command begins with that is none of iproute2's. */
void script_within(FILE *out, const struct netns *netns)
{
    if (script_is_attached(netns)) {
        enter(out, netns);
    } else if (!netns->host) {
        fputs("ip netns exec ", out);
        script_word(out, netns->o.name);
        putc(' ', out);
    }
}

void script_field_word(FILE *out, const struct field *field)
{
    if (field->ip)
        fputs(field->ip, out);
    else
        for (const char *c = field->key; *c; c++)
            putc(*c == '-' ? '_' : *c, out);
}

/* Its options are words: what is on, and whose it is. */
void script_tun_options(FILE *out, const struct tun *tun)
{
    for (unsigned i = 0; i < TUN_FIELDS; i++) {
        const struct field *field = &tun->o.table->fields[i];
        bool number = field->type == FIELD_UINT;
        const void *value = FIELD_AT(tun, field);

        if (!object_has(&tun->o, i) ||
            (number ? *(const uint32_t *)value == TUN_ANYBODY : !*(const bool *)value))
            continue;
        putc(' ', out);
        script_field_word(out, field);
        if (number)
            fprintf(out, " %" PRIu32, *(const uint32_t *)value);
    }
}

static void wg_set(FILE *out, const struct iface *iface)
{
    script_within(out, iface_netns(iface));
    fputs("wg set ", out);
    script_word(out, iface->o.name);
}

static void key_file(FILE *out, const char *word, const struct wireguard *wireguard,
                     const char *name)
{
    char path[PATH_MAX];

    key_path(wireguard, name, sizeof path, path);
    script_named(out, word, path);
}

/* A key that the command reads from its standard input. */
static void key_pipe(FILE *out, const struct key *key)
{
    char text[KEY_TEXT];

    fprintf(out, "echo %s | ", key_text(key, text));
}

void script_wireguard(FILE *out, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;
    const struct iface *seen = (const struct iface *)op->from;
    const struct wireguard *wireguard = iface_wireguard(iface);
    const struct wireguard *is = seen ? iface_wireguard(seen) : NULL;
    bool key = !is || (wireguard->private_key.known &&
                       !key_equal(&is->private_key, &wireguard->private_key));
    bool port = object_has(&wireguard->o, WIREGUARD_LISTEN_PORT);

    if (key && !wireguard->private_file && wireguard->private_key.known)
        key_pipe(out, &wireguard->private_key);
    else if (key && !wireguard->private_file)
        fputs("wg genkey | ", out);
    wg_set(out, iface);
    if (port && (!is || is->listen_port != wireguard->listen_port))
        fprintf(out, " listen-port %" PRIu32, wireguard->listen_port);
    if (wireguard->fwmark != (is ? is->fwmark : 0))
        fprintf(out, " fwmark 0x%" PRIx32, wireguard->fwmark);
    if (key && wireguard->private_file)
        key_file(out, "private-key", wireguard, wireguard->private_file);
    else if (key)
        fputs(" private-key /proc/self/fd/0", out);
    putc('\n', out);
}

/* Its public key; that of another interface is asked for when the script runs. */
static void peer_word(FILE *out, const struct wireguard_peer *peer)
{
    char text[KEY_TEXT];

    if (!peer->iface || peer->public_key.known) {
        script_named(out, "peer", key_text(&peer->public_key, text));
        return;
    }
    fputs(" peer \"$(", out);
    script_within(out, iface_netns(peer->iface));
    fputs("wg show ", out);
    script_word(out, peer->iface->o.name);
    fputs(" public-key)\"", out);
}

static void allowed_ips(FILE *out, const struct wireguard_peer *peer)
{
    const char *before = " allowed-ips ";
    char text[IP_TEXT];

    if (!peer->allowed_ips.count)
        fputs(" allowed-ips ''", out);
    LIST_EACH (struct wireguard_network, network, &peer->allowed_ips) {
        fprintf(out, "%s%s", before, prefix_text(&network->network, text));
        before = ",";
    }
}

void script_peer(FILE *out, const struct op *op)
{
    const struct wireguard_peer *seen = (const struct wireguard_peer *)op->from;
    const struct wireguard_peer *peer = (const struct wireguard_peer *)op_object(op);
    const struct wireguard *wireguard = (const struct wireguard *)peer->o.parent;
    bool shared = peer->preshared_file || peer->preshared_key.known;
    char text[SOCKET_TEXT];

    if (op->flags & OP_KEEPALIVE) {
        wg_set(out, peer_iface(peer));
        peer_word(out, peer);
        fprintf(out, " persistent-keepalive %" PRIu32 "\n", peer->keepalive);
        return;
    }
    if (seen && peer->preshared_key.known)
        shared = !key_equal(&seen->preshared_key, &peer->preshared_key);
    if (!op_removes(op) && shared && !peer->preshared_file)
        key_pipe(out, &peer->preshared_key);
    wg_set(out, peer_iface(peer));
    peer_word(out, peer);
    if (op_removes(op)) {
        fputs(" remove\n", out);
        return;
    }
    if (shared && peer->preshared_file)
        key_file(out, "preshared-key", wireguard, peer->preshared_file);
    else if (shared)
        fputs(" preshared-key /proc/self/fd/0", out);
    if (peer->ip.family && !(seen && seen->has_met))
        script_named(out, "endpoint", socket_text(&peer->ip, peer->port, text));
    allowed_ips(out, peer);
    putc('\n', out);
}
