/* SPDX-License-Identifier: MIT */
/*
 * Job: tap, an Ethernet card whose other end is a program, such as a virtual machine.
 */
#include <errno.h>
#include <linux/if_tun.h>

#include "base/report.h"
#include "kinds/tun_options.h"

enum { TAP_MTU_MAX = 65521 }; /* MAX_MTU less the Ethernet header (drivers/net/tun.c) */

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    if (object_has(&iface->o, IFACE_MTU) && iface->mtu > TAP_MTU_MAX)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "the MTU of tap %s must be at most %d", iface->o.name, TAP_MTU_MAX);
}

const struct kind kind_tap = {
    .name = "tap",
    .flags = KIND_COMMON,
    .tun = IFF_TAP,
    .options = &tun_table,
    .mtu = 1500,
    .check = check,
    .tell = tun_tell,
    .doc = "An Ethernet card whose other end is a program: a virtual machine, a user-space stack "
           "(`/dev/net/tun`).",
};
