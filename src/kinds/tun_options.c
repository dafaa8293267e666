/* SPDX-License-Identifier: MIT */
/*
 * Job: the options of tun and tap (IFLA_TUN_*), which can't be altered once there is one.
 * Ranges: drivers/net/tun.c of the kernel.
 */
#include "kinds/tun_options.h"

#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <netlink/attr.h>

static const struct choice anybody[] = {{"any", TUN_ANYBODY}, {NULL, 0}};

static const struct field fields[] = {
    [TUN_USER] = {.key = "user",
                  .type = FIELD_UINT,
                  AT(tun, user),
                  .max = TUN_ANYBODY - 1,
                  .choices = anybody,
                  .attribute = IFLA_TUN_OWNER,
                  .width = 4,
                  .flags = FIELD_USER | FIELD_FIXED | FIELD_INITIAL | FIELD_ABSENT,
                  .initial = TUN_ANYBODY,
                  .fallback = "any",
                  .doc = "Who may open it beside root: a user's name or number. With `group` as "
                         "well, the user has to be in the group."},
    [TUN_GROUP] = {.key = "group",
                   .type = FIELD_UINT,
                   AT(tun, group),
                   .max = TUN_ANYBODY - 1,
                   .choices = anybody,
                   .attribute = IFLA_TUN_GROUP,
                   .width = 4,
                   .flags = FIELD_GROUP | FIELD_FIXED | FIELD_INITIAL | FIELD_ABSENT,
                   .initial = TUN_ANYBODY,
                   .fallback = "any",
                   .doc = "Which group may: its name or number."},
    [TUN_PI] = {.key = "pi",
                .type = FIELD_BOOL,
                AT(tun, pi),
                .attribute = IFLA_TUN_PI,
                .width = 1,
                .flags = FIELD_FIXED | FIELD_INITIAL | FIELD_LOOSE,
                .fallback = "false",
                .doc = "Packets have a header with their protocol (`struct tun_pi`). The program "
                       "that opens it may say otherwise."},
    [TUN_VNET_HDR] = {.key = "vnet-hdr",
                      .type = FIELD_BOOL,
                      AT(tun, vnet_hdr),
                      .attribute = IFLA_TUN_VNET_HDR,
                      .width = 1,
                      .flags = FIELD_FIXED | FIELD_INITIAL | FIELD_LOOSE,
                      .fallback = "false",
                      .doc = "Packets have a header as virtio's (`struct virtio_net_hdr`). The "
                             "program that opens it may say otherwise."},
    [TUN_MULTI_QUEUE] = {.key = "multi-queue",
                         .type = FIELD_BOOL,
                         AT(tun, multi_queue),
                         .attribute = IFLA_TUN_MULTI_QUEUE,
                         .width = 1,
                         .flags = FIELD_FIXED | FIELD_INITIAL,
                         .fallback = "false",
                         .doc = "It can be opened many times, once for each queue."},
};

static const struct habit habits[] = {
    {"owner", "it is called 'user'"},
    {"mode", "it is the type: tun or tap"},
    {"one-queue", "kernels have one queue anyway; more come by 'multi-queue'"},
    {"persist", "it stays until the lab goes down, in any case"},
    {NULL, NULL}};

const struct table tun_table = {.name = "tun, tap",
                                .size = sizeof(struct tun),
                                .fields = fields,
                                .field_count = COUNT(fields),
                                .scalar = -1,
                                .habits = habits,
                                .doc = "Options of a TUN or TAP device."};

const struct kind *tun_tell(const struct nlattr *data)
{
    const struct nlattr *type = nla_find(nla_data(data), nla_len(data), IFLA_TUN_TYPE);

    return kind_find(type && nla_get_u8(type) == IFF_TAP ? "tap" : "tun");
}
