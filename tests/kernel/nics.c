/* SPDX-License-Identifier: MIT */
/*
 * Job: the two NICs of the QEMU guest, for tests that play with them.
 */
#include "nics.h"

#include <unistd.h>

#include "harness.h"

/* Only there: its command line names the job's folder. */
static bool is_guest(void)
{
    return sh("grep -q ' job=/' /proc/cmdline").status == 0;
}

/* The test before may just have ended. */
bool take_nics(void)
{
    if (!is_guest() || sh("ls -d /sys/bus/virtio/drivers/virtio_net/virtio*").status != 0)
        return false;
    for (int i = 0; i < 2; i++)
        ok("for try in $(seq 300); do set -- $(nsenter -t 1 -n ip -o link | "
           "sed -n 's/^[0-9]*: \\([^:]*\\):.* 52:54:00:12:34:5%d.*/\\1/p'); "
           "[ -z \"$1\" ] || break; sleep 0.1; done; "
           "nsenter -t 1 -n ip link set $1 netns %d name eth%d address 52:54:00:12:34:5%d mtu 1500 "
           "txqueuelen 1000 alias '' down",
           6 + i, getpid(), i, 6 + i);
    ok("ip link set eth1 up && ip address add 10.9.9.2/24 dev eth1");
    return true;
}
