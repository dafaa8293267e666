/* SPDX-License-Identifier: MIT */
/*
 * Job: what devices of others were before a lab changed or borrowed them; see job.h.
 * In: a lab, the spec. Out: the other of them.
 */
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/report.h"
#include "kinds/physical.h"
#include "model/ip.h"

static bool is_of(const char *netns, const char *name, const struct iface *iface)
{
    return strcmp(netns, iface->o.parent->name) == 0 && strcmp(name, iface->o.name) == 0;
}

/* Whether a NIC that was moved is the one that is seen, or wanted. */
static bool is_nic(const struct iface *before, const struct iface *iface)
{
    const struct physical *was = iface_physical(before), *is = iface_physical(iface);

    if (!was || !is)
        return !was && !is;
    return physical_is_known(is) ? physical_is_same(was, is)
                                 : strcmp(was->device, is->device) == 0 || iface->ifindex;
}

static struct saved_device *find_device(const struct spec *spec, const struct iface *iface)
{
    struct saved_device *device = spec->devices;

    while (device && !(is_of(device->netns, device->name, iface) && is_nic(device->before, iface)))
        device = device->next;
    return device;
}

static bool is_kept(const struct spec *spec, const struct address *address)
{
    const struct iface *iface = (const struct iface *)address->o.parent;
    char text[IP_TEXT];

    for (const struct saved_address *kept = spec->addresses; kept; kept = kept->next)
        if (is_of(kept->netns, kept->iface, iface) &&
            strcmp(kept->address, prefix_text(&address->address, text)) == 0)
            return true;
    return false;
}

static int save_address(struct job *job, const struct address *address)
{
    struct saved_address *kept = ARENA_NEW(job->arena, struct saved_address);
    char text[IP_TEXT];

    if (!kept)
        return report_oom(job->report);
    *kept = (struct saved_address){
        .next = job->spec.addresses,
        .netns = address->o.parent->parent->name,
        .iface = address->o.parent->name,
        .address = arena_strdup(job->arena, prefix_text(&address->address, text))};
    job->spec.addresses = kept;
    return kept->address ? 0 : report_oom(job->report);
}

static int save_device(struct job *job, const char *netns, const char *name,
                       const struct iface *before)
{
    struct saved_device *device = ARENA_NEW(job->arena, struct saved_device);

    if (!device)
        return report_oom(job->report);
    *device = (struct saved_device){
        .next = job->spec.devices, .netns = netns, .name = name, .before = before};
    job->spec.devices = device;
    return 0;
}

static int save_lab(struct job *job)
{
    int r = 0;

    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            if (r == 0 && (netns->foreign || iface_is_moved(iface)) && iface->before)
                r = save_device(job, netns->o.name, iface->o.name, iface->before);
            LIST_EACH (struct address, address, &iface->addresses)
                if (r == 0 && address->kept)
                    r = save_address(job, address);
        }
    return r;
}

/* Whether the lab still has it. */
static bool has_device(const struct netlab_lab *lab, const struct saved_device *device)
{
    const struct netns *netns = strmap_get(&lab->names, device->netns);
    const struct iface *iface = netns ? netns_iface(netns, device->name) : NULL;

    return iface && is_nic(device->before, iface);
}

/* Those of the lab, and what an earlier file has left: the old lists stay as they are. */
int job_save_existing(struct job *job)
{
    const struct spec old = job->spec;
    int r;

    job->spec.devices = NULL;
    job->spec.addresses = NULL;
    r = save_lab(job);
    for (const struct saved_device *one = old.devices; one && r == 0; one = one->next)
        if (!has_device(job->lab, one))
            r = save_device(job, one->netns, one->name, one->before);
    for (const struct saved_address *one = old.addresses; one && r == 0; one = one->next) {
        struct saved_address *copy = ARENA_NEW(job->arena, struct saved_address);

        if (!copy)
            return report_oom(job->report);
        *copy = *one;
        copy->next = job->spec.addresses;
        job->spec.addresses = copy;
    }
    return r;
}

int job_forget_existing(struct job *job)
{
    job->spec.devices = NULL;
    job->spec.addresses = NULL;
    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface->before && iface->existing)
                iface->before->o.set &= iface_given_values(iface);
    return save_lab(job);
}

/* Of one that is seen, the name that it has in the host's namespace, too. */
static void recall_nic(struct iface *iface, const struct saved_device *saved)
{
    struct physical *nic = iface_physical(iface);

    iface->before = saved ? (struct iface *)saved->before : NULL;
    if (saved && !iface->o.marks)
        nic->device = iface_physical(saved->before)->device;
}

void job_recall_existing(const struct job *job, struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            const struct saved_device *saved = find_device(&job->spec, iface);

            if (iface_is_moved(iface))
                recall_nic(iface, saved);
            if (!netns->foreign)
                continue;
            iface->before = iface->existing && saved ? (struct iface *)saved->before : NULL;
            LIST_EACH (struct address, address, &iface->addresses)
                address->kept = is_kept(&job->spec, address);
        }
}
