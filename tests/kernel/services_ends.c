/* SPDX-License-Identifier: MIT */
/*
 * Job: how services end: with all that they started, and nothing else; when they don't want to;
 * when netlab or their own first process is killed; when the way to the lab fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services.h"

/* Sessions and parents of their own do not save them; others of the same name live on. */
START_TEST (test_all_children) {
    long one = nap();
    const char *before = dump_all(0);
    const char *file = lab_with(text("      one:\n"
                                     "        run: |\n"
                                     "          setsid sleep %ld & (setsid sleep %ld &) & (sleep "
                                     "%ld & exec nohup sleep %ld)\n",
                                     one, one, one, one),
                                "");
    const char *const argv[] = {"sleep", text("%ld", one), NULL};
    pid_t other = start(argv);

    ok("$NETLAB up %s", file);
    await_naps(one, 5);
    ok("$NETLAB down s");
    ck_assert_int_eq(count_naps(one), 1);
    ck_assert_int_eq(kill(other, SIGKILL), 0);
    finish(other);
    same(before, dump_all(0));
}
END_TEST

/* A daemon's parent ends well: the daemon is the service. One that fails takes its children along.
 */
START_TEST (test_daemons) {
    long one = nap(), two = nap();

    ok("$NETLAB up %s", lab_with(text("      one: {run: 'setsid sleep %ld & exit 0'}\n"
                                      "      two: {run: 'setsid sleep %ld & exit 1'}\n",
                                      one, two),
                                 ""));
    ok("until $NETLAB status s | grep -q '1 ended'; do sleep 0.01; done");
    ck_assert_str_eq(state_of("one"), "running");
    ck_assert_str_eq(state_of("two"), "exited");
    await_naps(one, 1);
    ck_assert_int_eq(count_naps(two), 0);
    ok("$NETLAB down s");
    ck_assert_int_eq(count_naps(one), 0);
}
END_TEST

/* It is told first, and has time; who takes none is killed. */
START_TEST (test_deaf) {
    long one = nap();
    const char *file = lab_with(text("      polite: {run: 'trap \"echo bye >$TMP/bye; exit\" TERM; "
                                     "echo y; while :; do sleep "
                                     "0.01; done'}\n"
                                     "      deaf: {run: 'trap \"\" TERM; echo y; sleep %ld'}\n",
                                     one),
                                "");

    ok("rm -f $TMP/bye; $NETLAB up %s", file);
    ok("until [ \"$($NETLAB logs a | grep -c y)\" = 2 ]; do sleep 0.01; done");
    ck_assert_int_eq(count_inits(), 2);
    ok("$NETLAB down s");
    ck_assert_int_eq(count_inits(), 0);
    ck_assert_str_eq(file_text(text("%s/bye", getenv("TMP"))), "bye\n");
    ck_assert_int_eq(count_naps(one), 0);
}
END_TEST

static pid_t init_of(const char *command)
{
    return atoi(ok("ps -o ppid= -p %d", (int)process_of(command)).out);
}

/* Its first process is killed, and with it all; or stopped, which down does not wait for. */
START_TEST (test_first_process) {
    long one = nap();
    const char *file = lab_with(text("      one: {run: [setsid, -w, sleep, %ld]}\n", one), "");
    const char *setsid = text("^setsid -w sleep %ld", one);

    ok("$NETLAB up %s", file);
    ok("kill -9 %d", (int)init_of(setsid));
    await_naps(one, 0);
    ck_assert_str_eq(state_of("one"), "killed");
    ok("$NETLAB up %s", file);
    ck_assert_str_eq(state_of("one"), "running");
    ok("kill -STOP %d", (int)init_of(setsid));
    ok("$NETLAB down s");
    ck_assert_int_eq(count_naps(one), 0);
}
END_TEST

/* A first process that does not answer can be asked after as often as one likes. */
START_TEST (test_asked_in_vain) {
    long one = nap(), two = nap();
    const char *before = dump_all(0);
    const char *file = lab_with(text("      one: {run: [setsid, -w, sleep, %ld]}\n"
                                     "      two: {run: [sleep, %ld]}\n",
                                     one, two),
                                "");

    ok("$NETLAB up %s", file);
    ok("kill -STOP %d", (int)init_of(text("^setsid -w sleep %ld", one)));
    for (int i = 0; i < 80; i++)
        has(ok("timeout 20 $NETLAB status s").out, "2 services  ");
    ck_assert_str_eq(state_of("one"), "running");
    ok("timeout 30 $NETLAB down s");
    ck_assert_int_eq(count_naps(one) + count_naps(two), 0);
    ck_assert_int_eq(count_inits(), 0);
    same(before, dump_all(0));
}
END_TEST

/* By a netlab in a PID namespace that the service is not in. */
START_TEST (test_unseen) {
    long one = nap();
    const char *before = dump_all(0);

    ok("$NETLAB up %s", lab_with(text("      one: {run: [sleep, %ld]}\n", one), ""));
    has(ok("unshare --pid --fork --mount-proc $NETLAB status s").out,
        "one              service  running");
    ok("timeout 30 unshare --pid --fork --mount-proc $NETLAB down s");
    ck_assert_int_eq(count_naps(one), 0);
    same(before, dump_all(0));
}
END_TEST

/* What does not become ready is told with what it wrote, and all of it is taken back. */
START_TEST (test_never_ready) {
    long one = nap();
    const char *before = dump_all(0), *err;

    err =
        exits(3, "$NETLAB up --wait=0.3 %s",
              lab_with(text("      one: {ready: 'tcp:80', run: 'echo starting; sleep %ld'}\n", one),
                       ""))
            .err;
    has(err, "s.yaml:6:20: error: service one in namespace a does not listen on tcp:80 after 300 "
             "ms\n");
    has(err, "it wrote: starting");
    ck_assert_int_eq(count_naps(one), 0);
    same(before, dump_all(0));
    err =
        exits(3, "$NETLAB up %s",
              lab_with("      one: {run: [sh, -c, 'echo no >&2; exit 1'], ready: 'udp:80'}\n", ""))
            .err;
    has(err, "service one in namespace a has ended before it was ready");
    has(err, "it wrote: no");
    same(before, dump_all(0));
    err = exits(3, "$NETLAB up %s", lab_with("      one: {run: [/no/such/thing]}\n", "")).err;
    has(err, "s.yaml:6:18: error: cannot start service one in namespace a: cannot run "
             "'/no/such/thing': No such file or directory");
    same(before, dump_all(0));
    err = exits(3, "$NETLAB up %s", lab_with("      one: {run: [/etc/passwd]}\n", "")).err;
    has(err, "Permission denied");
    same(before, dump_all(0));
}
END_TEST

#define LINES "      one: {run: [sleep, %ld]}\n      two: {run: [%s, %ld]}\n"

/* A change that fails: what ran before runs again. */
START_TEST (test_way_back) {
    long one = nap(), two = nap(), three = nap();

    ok("$NETLAB up %s", lab_with(text(LINES, one, "sleep", two), ""));
    exits(3, "$NETLAB up %s", lab_with(text(LINES, three, "/no/such", two), ""));
    ck_assert_int_eq(count_naps(three), 0);
    ck_assert_int_eq(count_naps(one), 1);
    ck_assert_int_eq(count_naps(two), 1);
    ok("$NETLAB diff %s", lab_with(text(LINES, one, "sleep", two), ""));
    ok("$NETLAB down s");
}
END_TEST

/* Ctrl-C while it is waited for; a kill at some moment: down finds all that runs. */
START_TEST (test_interrupted) {
    const char *before = dump_all(0);

    for (long round = 0; round < env_number("NETLAB_KILLS", 20); round++) {
        long one = nap();
        const char *file = lab_with(text("      one: {run: [sleep, %ld], ready: 'tcp:80'}\n"
                                         "      two: {run: [sleep, %ld]}\n"
                                         "      three: {run: [sleep, %ld]}\n",
                                         one, one, one),
                                    "");
        const char *const argv[] = {getenv("NETLAB"), "up", file, NULL};
        bool is_kill = round % 4;
        pid_t pid = start(argv);
        int status;

        test_about("round %ld", round);
        usleep(is_kill ? (useconds_t)(round * 700) : 100000);
        kill(pid, is_kill ? SIGKILL : SIGINT);
        status = finish(pid);
        ck_assert_int_eq(status, is_kill ? 128 + SIGKILL : 130);
        if (is_kill)
            ok("$NETLAB down s");
        services_are_gone(one);
        same(before, dump_all(0));
    }
}
END_TEST

/* Ask it to end, and keep it from saying that it is alive. */
static int bother(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX,
                                  .sun_path = "/run/netlab/s/services/a:one/control"};
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    int alive = open("/run/netlab/s/services/a:one/alive", O_RDONLY);

    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno != EACCES)
        return 3;
    if (alive < 0 || fcntl(alive, F_SETLK, &lock) == 0)
        return 4;
    lock.l_type = F_RDLCK;
    return fcntl(alive, F_SETLK, &lock) == 0 || errno != EAGAIN ? 5 : 0;
}

/* Other users can see that it is alive, and nothing else. */
START_TEST (test_others) {
    long one = nap();
    pid_t child;
    int status;

    ok("$NETLAB up %s", lab_with(text("      one: {run: [sleep, %ld]}\n", one), ""));
    child = fork();
    if (child == 0) {
        if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(2);
        _exit(bother());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(state_of("one"), "running");
    ck_assert_int_eq(count_naps(one), 1);
    exits(3, AS_NOBODY "$NETLAB logs a");
    ok("$NETLAB down s");
    ck_assert_int_eq(count_naps(one), 0);
}
END_TEST

#define LAB "namespaces: {%s: {services: {one: {run: [sleep, %ld]}}}}\n"

/* Two labs with services of the same name. */
START_TEST (test_two_labs) {
    long one = nap();

    ok("$NETLAB up %s; $NETLAB up %s", file_with("x.yaml", text(LAB, "n1", one)),
       file_with("y.yaml", text(LAB, "n2", one)));
    ck_assert_int_eq(count_naps(one), 2);
    ok("$NETLAB down x");
    ck_assert_int_eq(count_naps(one), 1);
    ok("$NETLAB down y");
    ck_assert_int_eq(count_naps(one), 0);
}
END_TEST

Suite *services_ends_suite(void)
{
    Suite *suite = suite_create("services_ends");
    TCase *tcase = tcase_create("ends");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, sandbox_enter, NULL);
    tcase_add_test(tcase, test_all_children);
    tcase_add_test(tcase, test_daemons);
    tcase_add_test(tcase, test_deaf);
    tcase_add_test(tcase, test_first_process);
    tcase_add_test(tcase, test_asked_in_vain);
    tcase_add_test(tcase, test_unseen);
    tcase_add_test(tcase, test_never_ready);
    tcase_add_test(tcase, test_way_back);
    tcase_add_test(tcase, test_interrupted);
    tcase_add_test(tcase, test_two_labs);
    tcase_add_test(tcase, test_others);
    suite_add_tcase(suite, tcase);
    return suite;
}
