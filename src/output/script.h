/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files that write shell commands share.
 */
#ifndef NETLAB_OUTPUT_SCRIPT_H
#define NETLAB_OUTPUT_SCRIPT_H

#include <stdio.h>

#include "kinds/tun_options.h"
#include "plan/plan.h"

/* A word, in quotes where it needs them; the same behind a blank, another word and a blank. */
void script_word(FILE *out, const char *text);
void script_named(FILE *out, const char *before, const char *name);
/* Whether it is one that is attached; then: the variable that has its path. */
bool script_is_attached(const struct netns *netns);
void script_variable(FILE *out, const struct netns *netns);
/* ip -n NETNS; of another tool; and how another command is run there. */
void script_ip(FILE *out, const char *tool, const struct netns *netns);
void script_within(FILE *out, const struct netns *netns);
/* iproute2's word for a field. */
void script_field_word(FILE *out, const struct field *field);

/* script_links.c: OP_LINK, OP_IFACE, OP_PORT. */
void script_link(FILE *out, const struct op *op);
void script_iface(FILE *out, const struct op *op);
void script_port(FILE *out, const struct op *op);
/* OP_QDISC, OP_VLAN: by tc and bridge. */
void script_qdisc(FILE *out, const struct op *op);
void script_vlan(FILE *out, const struct op *op);
/* Options of `ip tuntap add`. */
void script_tun_options(FILE *out, const struct tun *tun);
/* OP_NFTABLES: by nft. */
void script_nftables(FILE *out, const struct op *op);
/* OP_DEVICE, OP_PEER: by wg. */
void script_wireguard(FILE *out, const struct op *op);
void script_peer(FILE *out, const struct op *op);
/* Services run in the directory of the file. */
void script_directory(FILE *out, const char *file);
/* OP_SERVICE, OP_LISTEN: in the background, by ss. What ends a service is not said. */
void script_service(FILE *out, const struct op *op);
void script_listen(FILE *out, const struct op *op);

#endif
