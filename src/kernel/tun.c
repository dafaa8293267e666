/* SPDX-License-Identifier: MIT */
/*
 * Job: make TUN and TAP devices: rtnetlink can't (drivers/net/tun.c, tun_validate()).
 * In: an op. Out: a device that stays, as rtnetlink would have made it.
 *
 * It is made by ioctl on a descriptor of /dev/net/tun that was opened in its namespace, and gets by
 * a message what the ioctls have no words for: the lab's mark too. Only then it is told to outlive
 * the descriptor: a kill before that takes it away.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/tun_options.h"

static const char device[] = "/dev/net/tun";

/* A descriptor in the namespace, or -errno. */
static int open_in(struct kernel *kernel, const struct netns *netns)
{
    int r = kernel_enter(kernel_channel(kernel, netns)), fd, back;

    if (r < 0)
        return r;
    fd = open(device, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    back = netns->host ? 0 : kernel_leave(kernel);
    if (back < 0 && fd >= 0)
        close(fd);
    return back < 0 ? back : fd;
}

int tun_try(void)
{
    CLEANUP_FD int fd = open(device, O_RDWR | O_CLOEXEC);

    return fd < 0 ? -errno : 0;
}

static unsigned short flags_of(const struct iface *iface)
{
    const struct tun *tun = (const struct tun *)iface->options;

    /* IFF_TUN_EXCL: not one that is there already */
    return (unsigned short)(iface->kind->tun | IFF_TUN_EXCL | (tun->pi ? 0 : IFF_NO_PI) |
                            (tun->vnet_hdr ? IFF_VNET_HDR : 0) |
                            (tun->multi_queue ? IFF_MULTI_QUEUE : 0));
}

/* 0 or -errno. */
static int create(int fd, const struct iface *iface)
{
    const struct tun *tun = (const struct tun *)iface->options;
    const struct {
        unsigned field;
        unsigned long request, number;
    } accounts[] = {{TUN_USER, TUNSETOWNER, tun->user}, {TUN_GROUP, TUNSETGROUP, tun->group}};
    struct ifreq request = {.ifr_flags = (short)flags_of(iface)};

    memcpy(request.ifr_name, iface->o.name, strlen(iface->o.name));
    if ((iface->ifindex && ioctl(fd, TUNSETIFINDEX, &iface->ifindex) < 0) ||
        ioctl(fd, TUNSETIFF, &request) < 0)
        return errno == EBUSY ? -EEXIST : -errno;
    for (int i = 0; i < 2; i++)
        if (object_has(&tun->o, accounts[i].field) && accounts[i].number != TUN_ANYBODY &&
            ioctl(fd, accounts[i].request, accounts[i].number) < 0)
            return -errno;
    return 0;
}

int tun_make(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
             struct netlab_report *report)
{
    struct iface *iface = (struct iface *)op->to;
    int r = run_flush(kernel, options, report);
    CLEANUP_FD int fd = -1;

    if (r < 0)
        return r;
    fd = open_in(kernel, op->netns);
    if (fd < 0)
        return op_refused(kernel, op, -fd, fd == -ENOENT ? "there is no /dev/net/tun" : NULL,
                          report);
    r = create(fd, iface);
    if (r < 0)
        return op_refused(kernel, op, -r, NULL, report);
    r = run_send(kernel, op, message_made(kernel, iface), 1, options, report);
    if (r == 0)
        r = run_flush(kernel, options, report);
    if (r == 0 && ioctl(fd, TUNSETPERSIST, 1UL) < 0)
        r = op_refused(kernel, op, errno, NULL, report);
    return r;
}
