/* SPDX-License-Identifier: MIT */
/*
 * Job: random topologies as text, by random(3).
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

/* 0 to limit - 1 */
unsigned pick(unsigned limit);

/* Namespaces, bridges, links, routes: what the planner has to order. Always legal. To be freed. */
char *random_topology(void);

/*
 * Few things with many settings: the options of all kinds by their tables, odd names and texts,
 * the same said in several ways. A small part is refused. To be freed.
 */
char *random_settings(void);

#endif
