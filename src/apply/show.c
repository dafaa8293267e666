/* SPDX-License-Identifier: MIT */
/*
 * Job: what `up` would do, how the kernel differs, what it has: nothing is changed.
 * See netlab_plan(), netlab_diff(), netlab_dump() in include/netlab/lab.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlab/lab.h>

#include "apply/job.h"
#include "base/arena.h"
#include "base/report.h"
#include "kernel/nft.h"
#include "kinds/physical.h"
#include "model/ip.h"
#include "output/output.h"
#include "parse/parse.h"

/* Claim the lab, where it is up. 0; -ENOENT: there is nothing to look at. */
static int claim_running(struct job *job, const char *name)
{
    int r = state_claim_to_look(name, &job->state, job->report);

    return r == 0 && !job->state.is_up ? -ENOENT : r;
}

/* Compare the lab with what is there; with nothing, where it is not up. */
static int compare(struct job *job, bool check_file)
{
    int r = claim_running(job, job->lab->name);

    job->arena = arena_new();
    if (!job->arena)
        return report_oom(job->report);
    if (r == -ENOENT)
        return job_plan(job, NULL, job->lab);
    if (r == 0 && check_file) {
        r = state_read_spec(&job->state, job->arena, &job->spec, job->report);
        if (r == 0)
            r = job_check_file(job, &job->spec);
    }
    if (r == 0)
        r = job_check_privileges(job->report);
    return r < 0 ? r : job_look(job);
}

static void write_plan(const struct job *job, enum netlab_format format, FILE *out)
{
    switch (format) {
    case NETLAB_FORMAT_TEXT:
        output_plan_text(job->lab, &job->plan, out);
        break;
    case NETLAB_FORMAT_JSON:
        output_plan_json(job->lab, &job->plan, out);
        break;
    case NETLAB_FORMAT_IP:
        output_plan_ip(job->lab, &job->plan, netns_defaults, out);
        break;
    }
}

int netlab_plan(struct netlab_lab *lab, enum netlab_format format, FILE *out,
                struct netlab_report *report)
{
    struct job job = {.lab = lab, .report = report, .state = {.fd = -1}};
    int r = compare(&job, true);

    if (r == 0)
        write_plan(&job, format, out);
    job_release(&job);
    return r == 0 && ferror(out) ? -EIO : r;
}

int netlab_diff(struct netlab_lab *lab, enum netlab_format format, FILE *out, bool *ret_same,
                struct netlab_report *report)
{
    struct job job = {.lab = lab, .report = report, .state = {.fd = -1}, .names_others = true};
    int r = compare(&job, false);

    if (r == 0) {
        *ret_same = job.changes.count == job.changes.strange;
        if (format == NETLAB_FORMAT_JSON)
            output_diff_json(lab, &job.changes, out);
        else
            output_diff_text(lab, &job.changes, out);
    }
    job_release(&job);
    return r == 0 && ferror(out) ? -EIO : r;
}

int netlab_load_applied(const char *name, struct netlab_lab **ret_lab, struct netlab_report *report)
{
    struct arena *arena = arena_new();
    enum state_condition condition;
    struct spec spec;
    time_t since;
    int r = arena ? 0 : report_oom(report);

    if (r == 0 &&
        (!parse_is_name(name) || state_look("", name, arena, &spec, &condition, &since) < 0 ||
         !state_is_usable(condition)))
        r = report_plain(report, ENOENT, "lab %s is not up", name);
    if (r == 0)
        r = parse_lab(spec.text, spec.size, spec.file, ret_lab, report);
    arena_free(arena);
    return r;
}

/* Dump */

/* Whether the file wants duplicates of an address to be looked for: done, that does not show. */
static void borrow_dad(const struct iface *seen, const struct iface *known)
{
    LIST_EACH (struct address, address, &seen->addresses)
        LIST_EACH (struct address, other, &known->addresses)
            if (other->dad && ip_equal(&other->address.ip, &address->address.ip)) {
                address->dad = true;
                address->o.set |= UINT64_C(1) << ADDRESS_DAD;
            }
}

/* What others have given it is theirs. */
static void borrow_existing(struct iface *seen, const struct iface *known)
{
    struct object *next = seen->addresses.first;

    seen->addresses = (struct list){0};
    for (struct object *object = next; object; object = next) {
        const struct address *address = (const struct address *)object;

        next = object->next;
        LIST_EACH (struct address, other, &known->addresses)
            if (ip_equal(&other->address.ip, &address->address.ip)) {
                list_append(&seen->addresses, object);
                break;
            }
    }
    if (known->kind == &kind_device)
        seen->kind = known->kind;
    seen->o.set &= known->o.set;
    seen->o.set |= UINT64_C(1) << IFACE_EXISTING;
}

/* What is a NIC's own stays with it. */
static void borrow_nic(struct iface *seen, const struct iface *known)
{
    const uint64_t own = IFACE_VALUES & ~(UINT64_C(1) << IFACE_UP);

    seen->o.set &= ~own | (known ? iface_given_values(known) : 0);
    seen->options->set = 0;
    if (!known || !iface_is_moved(known))
        return;
    seen->options->set = known->options->set;
    iface_physical(seen)->device = iface_physical(known)->device;
}

static void borrow_nics(const struct netlab_lab *seen, const struct netlab_lab *applied)
{
    LIST_EACH (struct netns, netns, &seen->namespaces) {
        const struct netns *file = applied ? strmap_get(&applied->names, netns->o.name) : NULL;

        LIST_EACH (struct iface, iface, &netns->interfaces)
            if (iface_is_moved(iface))
                borrow_nic(iface, file ? netns_iface(file, iface->o.name) : NULL);
    }
}

/* What netlab has made of the file's shorthands, and nobody has changed, is said by them. */
static int borrow_shorthands(struct netns *seen, const struct netns *file, struct arena *arena)
{
    if (!file->ruleset || !seen->ruleset)
        return 0;
    LIST_EACH (struct nft_table, made, &file->ruleset->tables) {
        const struct nft_table *is = ruleset_find(seen->ruleset, made->family, made->o.name);

        if (made->part != RULESET_MADE || !is || !is->listing || !made->listing ||
            strcmp(is->listing, made->listing) != 0)
            continue;
        seen->masquerade = file->masquerade;
        seen->port_forward = file->port_forward;
        return netns_tell_ruleset(seen, is, arena);
    }
    return 0;
}

static int borrow_rules(struct job *job)
{
    const struct netlab_lab *applied = job->applied[0];
    int r = applied ? kernel_try_rulesets(job->kernel, applied, job->seen, job->report) : 0;

    LIST_EACH (struct netns, netns, &job->seen->namespaces) {
        const struct netns *file = applied ? strmap_get(&applied->names, netns->o.name) : NULL;

        if (r == 0 && file && borrow_shorthands(netns, file, job->seen->arena) < 0)
            r = report_oom(job->report);
    }
    return r;
}

/* What only the file knows: that a MAC is not a chosen one, a host name. */
static void borrow(const struct netlab_lab *seen, const struct netlab_lab *applied)
{
    LIST_EACH (struct netns, netns, &seen->namespaces) {
        const struct netns *file = applied ? strmap_get(&applied->names, netns->o.name) : NULL;

        if (!file)
            continue;
        netns->hostname = file->hostname;
        netns->implied = file->implied;
        if (file->attach) {
            netns->attach = file->attach;
            netns->o.set |= UINT64_C(1) << NETNS_ATTACH;
        }
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            const struct iface *known = netns_iface(file, iface->o.name);

            if (known && !object_has(&known->o, IFACE_MAC))
                iface->o.set &= ~(UINT64_C(1) << IFACE_MAC);
            if (known)
                borrow_dad(iface, known);
            if (known && known->existing)
                borrow_existing(iface, known);
        }
    }
}

static int look_and_write(struct job *job, const struct observe_request *request, FILE *out)
{
    int r = kernel_reserve(job->kernel, request->count, job->report);

    if (r == 0)
        r = observe(job->kernel, request, &job->seen, job->report);
    for (size_t i = 0; r == 0 && i < request->count; i++)
        if (!strmap_get(&job->seen->names, request->places[i].name))
            r = report_plain(job->report, ENOENT, "there is no lab and no namespace %s",
                             request->places[i].name);
    if (r == 0)
        r = borrow_rules(job);
    if (r == 0) {
        borrow_nics(job->seen, job->applied[0]);
        borrow(job->seen, job->applied[0]);
    }
    if (r == 0)
        output_topology(job->seen, *job->state.name ? job->state.name : "dump", out);
    return r;
}

/* Namespaces that are bound in a directory. */
static int dump_places(struct job *job, const char *directory, const char *const *names,
                       struct observe_request request, FILE *out)
{
    struct observe_place *places;
    int r;

    while (names[request.count])
        request.count++;
    places = arena_array(job->arena, request.count + job_count_attached(job) + 1, sizeof *places);
    if (!places)
        return report_oom(job->report);
    for (size_t i = 0; i < request.count; i++) {
        if (!parse_is_name(names[i]))
            return report_plain(job->report, ENOENT, "there is no lab and no namespace %s",
                                names[i]);
        places[i] = (struct observe_place){
            .name = names[i],
            .index = i,
            .path = arena_printf(job->arena, "%s/%s", directory, names[i]),
        };
        if (!places[i].path)
            return report_oom(job->report);
    }
    r = job_reattach(job, request.count);
    if (r < 0)
        return r;
    request.places = places;
    request.count += job_attached_places(job, places + request.count);
    return look_and_write(job, &request, out);
}

static int dump_lab(struct job *job, FILE *out)
{
    struct observe_request request = {.survey = true, .others = true};
    char **names = NULL;
    int r = state_read_spec(&job->state, job->arena, &job->spec, job->report);

    if (r == 0)
        r = parse_lab(job->spec.text, job->spec.size, job->spec.file, &job->applied[0],
                      job->report);
    if (r == 0)
        r = state_namespaces(&job->state, &names, job->report);
    if (r < 0)
        return r;
    request.hints[0] = job->applied[0];
    request.host = job->applied[0]->host != NULL;
    request.group = job->spec.group;
    request.services = job->state.services;
    r = dump_places(job, job->state.names, (const char *const *)names, request, out);
    netlab_names_free(names);
    return r;
}

int netlab_dump(const char *const *names, FILE *out, struct netlab_report *report)
{
    const struct observe_request any = {.survey = true, .others = true};
    struct job job = {.lab = lab_new(), .report = report, .state = {.fd = -1}};
    int r = job_check_privileges(report);
    bool is_lab = false;

    job.arena = arena_new();
    if (r == 0 && (!job.arena || !job.lab))
        r = report_oom(report);
    if (r == 0 && names[0] && !names[1] && parse_is_name(names[0])) {
        r = claim_running(&job, names[0]);
        is_lab = r == 0;
        r = r == -ENOENT ? 0 : r;
    }
    if (r == 0)
        r = kernel_open(job.lab, job.state.names, &job.kernel, report);
    if (r == 0)
        r = is_lab ? dump_lab(&job, out) : dump_places(&job, NETNS_DIR, names, any, out);
    lab_free(job.lab);
    job_release(&job);
    return r == 0 && ferror(out) ? -EIO : r;
}
