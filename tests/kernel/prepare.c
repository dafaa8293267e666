/* SPDX-License-Identifier: MIT */
/*
 * Job: what some examples need that others make first.
 */
#include <signal.h>
#include <unistd.h>

#include "kernel.h"
#include "prepare.h"

void prepare_bridge(void)
{
    ok("ip link add br-lan address 02:00:00:00:00:01 type bridge && "
       "ip address add 192.168.15.5/24 dev br-lan && ip link set br-lan up && "
       "ip link add v0 master br-lan type veth peer v1 && ip link set v0 up && ip link set v1 up");
}

static pid_t keepers[KEEPERS];

const pid_t *prepare_keepers(void)
{
    static const char *const argv[] = {"setpriv", "--pdeathsig", "KILL",  "unshare",
                                       "-n",      "sleep",       "36000", NULL};

    for (int i = 0; i < KEEPERS; i++)
        keepers[i] = start_sleep(argv);
    return keepers;
}

void end_keepers(void)
{
    for (int i = 0; i < KEEPERS; i++) {
        kill(keepers[i], SIGKILL);
        finish(keepers[i]);
    }
}

/* Only there: its command line names the job's folder. */
static bool is_guest(void)
{
    return sh("grep -q ' job=/' /proc/cmdline").status == 0;
}

/* The test before may just have ended. */
bool prepare_nics(void)
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
