/* SPDX-License-Identifier: MIT */
/*
 * Job: what devices of others were before a lab changed them; see job.h.
 * In: a lab, the spec. Out: the other of them.
 */
#include <string.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/report.h"
#include "model/ip.h"

static bool is_of(const char *netns, const char *name, const struct iface *iface)
{
    return strcmp(netns, iface->o.parent->name) == 0 && strcmp(name, iface->o.name) == 0;
}

static struct saved_device *find_device(const struct spec *spec, const struct iface *iface)
{
    struct saved_device *device = spec->devices;

    while (device && !is_of(device->netns, device->name, iface))
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
            if (r == 0 && netns->foreign && iface->before)
                r = save_device(job, netns->o.name, iface->o.name, iface->before);
            LIST_EACH (struct address, address, &iface->addresses)
                if (r == 0 && address->kept)
                    r = save_address(job, address);
        }
    return r;
}

static const struct iface *like(const struct netlab_lab *lab, const char *netns, const char *name)
{
    const struct netns *found = strmap_get(&lab->names, netns);

    return found ? netns_iface(found, name) : NULL;
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
        if (!like(job->lab, one->netns, one->name))
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
            if (iface->before)
                iface->before->o.set &= iface_given_values(iface);
    return save_lab(job);
}

void job_recall_existing(const struct job *job, struct netlab_lab *lab)
{
    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            const struct saved_device *saved = find_device(&job->spec, iface);

            if (!netns->foreign)
                continue;
            iface->before = iface->existing && saved ? (struct iface *)saved->before : NULL;
            LIST_EACH (struct address, address, &iface->addresses)
                address->kept = is_kept(&job->spec, address);
        }
}
