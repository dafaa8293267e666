/* SPDX-License-Identifier: MIT */
/*
 * Job: tests of sandboxes that stay (netlab/sandbox.h): keep, find, list, join, end; as root, and
 * as a user who may nothing.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

enum { NOBODY = 65534, PATIENCE_MS = 30000 };

static void be(int who)
{
    if (who == ROOT || geteuid() != 0)
        return;
    if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
        sh("unshare -Ur true").status)
        test_skip("users are not allowed to make user namespaces here");
    /* as if it had run a program since: the kernel hides processes that were root's from the user
     */
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}

/* All that root can see. */
static const char *look(void)
{
    return geteuid() == 0 ? dump_all(0) : "";
}

static struct netlab_lab *load(const char *name)
{
    const char *yaml = text("name: %s\n"
                            "namespaces:\n"
                            "  left: {interfaces: {eth0: {addresses: [10.0.0.1/24]}}}\n"
                            "  of-%s: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}\n"
                            "links:\n"
                            "  - [left:eth0, of-%s:eth0]\n",
                            name, name, name);
    struct netlab_lab *lab = NULL;

    fine(netlab_load_buffer(yaml, strlen(yaml), "lab.yaml", &lab, report));
    return lab;
}

static int bring_up(void *userdata)
{
    return netlab_up(userdata, NULL, NULL, NULL) < 0;
}

static void keep(const char *name)
{
    struct netlab_lab *lab = load(name);
    const struct netlab_sandbox sandbox = {.lab = lab, .run = bring_up, .userdata = lab};
    int status = -1;

    fine(netlab_sandbox_keep(&sandbox, &status, report));
    ck_assert_int_eq(status, 0);
    netlab_lab_free(lab);
}

/* The names of those that stay, with blanks between. */
static const char *all_kept(void)
{
    char **names = NULL;
    const char *all = "";

    fine(netlab_sandbox_list(&names, report));
    for (char **name = names; *name; name++)
        all = text("%s%s ", all, *name);
    netlab_names_free(names);
    return all;
}

static int find(const char *lab, const char *ns)
{
    char name[NETLAB_NAME_MAX + 1] = "";
    int place = fine(netlab_sandbox_find(lab, ns, name, report));

    if (lab)
        ck_assert_str_eq(name, lab);
    ck_assert_int_eq(fcntl(place, F_GETFD), FD_CLOEXEC);
    return place;
}

/* -ENOENT, and nothing is said. */
static void finds_nothing(const char *lab, const char *ns)
{
    char name[NETLAB_NAME_MAX + 1];

    ck_assert_int_eq(netlab_sandbox_find(lab, ns, name, report), -ENOENT);
    ck_assert_uint_eq(netlab_report_size(report), 0);
}

static bool has_ended(int place)
{
    struct pollfd process = {.fd = place, .events = POLLIN};

    return poll(&process, 1, 0) == 1;
}

static void end(int place)
{
    fine(netlab_sandbox_end(place, report));
    ck_assert(has_ended(place));
    close(place);
}

/* What a process in the sandbox sees: an exit status of its own if all is as it must be. */
static int look_around(void *userdata)
{
    unsigned long outside = *(unsigned long *)userdata;
    struct stat info;

    if (stat("/proc/self/ns/net", &info) < 0 || info.st_ino == outside)
        return 1;
    if (access("/run/netns/of-duo", F_OK) < 0 || access("/run/netns/other", F_OK) == 0)
        return 2;
    return geteuid() == 0 ? 42 : 3;
}

static unsigned long own_inode(void)
{
    struct stat info;

    ck_assert_int_eq(stat("/proc/self/ns/net", &info), 0);
    return info.st_ino;
}

START_TEST (test_stays_and_is_found) {
    unsigned long outside = own_inode();
    int open_before, status = -1, place;
    const struct netlab_sandbox visit = {.run = look_around, .userdata = &outside};
    const char *before;

    be(_i);
    before = look();
    open_before = descriptors();
    ck_assert_str_eq(all_kept(), "");
    finds_nothing("duo", NULL);
    keep("duo");
    keep("zoo");
    ck_assert_str_eq(all_kept(), "duo zoo ");
    same(before, look());
    place = find(NULL, "of-duo");
    fine(netlab_sandbox_join(place, &visit, &status, report));
    ck_assert_int_eq(WEXITSTATUS(status), 42);
    ck_assert_uint_eq(own_inode(), outside);
    close(place);
    place = find("duo", NULL);
    ck_assert(!has_ended(place));
    end(place);
    ck_assert_str_eq(all_kept(), "zoo ");
    finds_nothing("duo", NULL);
    finds_nothing(NULL, "of-duo");
    end(find("zoo", NULL));
    ck_assert_str_eq(all_kept(), "");
    ck_assert_int_eq(descriptors(), open_before);
    same(before, look());
}
END_TEST

static int fails(void *userdata)
{
    (void)userdata;
    return 3;
}

START_TEST (test_one_that_fails_does_not_stay) {
    struct netlab_lab *lab = load("duo");
    const struct netlab_sandbox sandbox = {.lab = lab, .run = fails};
    int status = -1, open_before;

    be(_i);
    open_before = descriptors();
    fine(netlab_sandbox_keep(&sandbox, &status, report));
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    ck_assert_str_eq(all_kept(), "");
    ck_assert_int_eq(descriptors(), open_before);
    netlab_lab_free(lab);
}
END_TEST

START_TEST (test_names_are_the_users_own) {
    struct netlab_lab *lab = load("duo");
    const struct netlab_sandbox sandbox = {.lab = lab, .run = bring_up, .userdata = lab};
    char name[NETLAB_NAME_MAX + 1];
    int status = -1;

    be(_i);
    keep("duo");
    keep("zoo");
    refused(netlab_sandbox_keep(&sandbox, &status, report), EEXIST, "lab duo is up already");
    refused(netlab_sandbox_find(NULL, "left", name, report), ENOTUNIQ,
            "labs duo and zoo both have a namespace left");
    finds_nothing("nothing", NULL);
    finds_nothing(NULL, "nothing");
    finds_nothing("../bad", NULL);
    end(find("duo", NULL));
    /* now it is the only one */
    end(find(NULL, "left"));
    netlab_lab_free(lab);
}
END_TEST

static int cut_short(void *userdata)
{
    (void)userdata;
    raise(SIGKILL);
    return 0;
}

START_TEST (test_places_that_are_gone) {
    const struct netlab_sandbox visit = {.run = fails}, dies = {.run = cut_short};
    int place, status = -1;

    be(_i);
    keep("duo");
    place = find("duo", NULL);
    fine(netlab_sandbox_join(place, &dies, &status, report));
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert(!has_ended(place));
    fine(netlab_sandbox_end(place, report));
    fine(netlab_sandbox_end(place, report));
    refused(netlab_sandbox_join(place, &visit, &status, report), ENOENT,
            "the sandbox has just gone");
    close(place);
    refused(netlab_sandbox_end(place, report), EBADF, "cannot end the sandbox");
}
END_TEST

/* A kill of its first process leaves nothing, the name included. */
START_TEST (test_goes_with_its_first_process) {
    struct pollfd process = {.events = POLLIN};

    be(_i);
    keep("duo");
    process.fd = find("duo", NULL);
    ck_assert_int_eq(syscall(SYS_pidfd_send_signal, process.fd, SIGKILL, NULL, 0), 0);
    ck_assert_int_eq(poll(&process, 1, PATIENCE_MS), 1);
    finds_nothing("duo", NULL);
    keep("duo");
    end(find("duo", NULL));
    close(process.fd);
}
END_TEST

START_TEST (test_the_machine_comes_first) {
    struct netlab_lab *lab = load("duo");

    keep("duo");
    fine(netlab_up(lab, NULL, NULL, report));
    finds_nothing("duo", NULL);
    finds_nothing(NULL, "of-duo");
    fine(netlab_down("duo", NULL, NULL, report));
    end(find("duo", NULL));
    netlab_lab_free(lab);
}
END_TEST

/* Others neither see it nor may end it, if they have got hold of it. */
START_TEST (test_others_may_not) {
    int place, status;
    pid_t pid;

    if (geteuid() != 0)
        test_skip("there is one user only");
    keep("duo");
    place = find("duo", NULL);
    pid = fork();
    if (pid == 0) {
        const struct netlab_sandbox visit = {.run = fails};

        be(USER);
        ck_assert_str_eq(all_kept(), "");
        finds_nothing("duo", NULL);
        refused(netlab_sandbox_end(place, report), EPERM, "cannot end the sandbox");
        refused(netlab_sandbox_join(place, &visit, &status, report), EPERM,
                "cannot enter the sandbox");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    end(place);
}
END_TEST

Suite *kept_suite(void)
{
    Suite *suite = suite_create("kept");
    TCase *tcase = tcase_create("kept");

    tcase_add_checked_fixture(tcase, with_report, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_stays_and_is_found, 0, WHO);
    tcase_add_loop_test(tcase, test_one_that_fails_does_not_stay, 0, WHO);
    tcase_add_loop_test(tcase, test_names_are_the_users_own, 0, WHO);
    tcase_add_loop_test(tcase, test_places_that_are_gone, 0, WHO);
    tcase_add_loop_test(tcase, test_goes_with_its_first_process, 0, WHO);
    tcase_add_test(tcase, test_the_machine_comes_first);
    tcase_add_test(tcase, test_others_may_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
