/* SPDX-License-Identifier: MIT */
/**
 * @file
 * libnetlab: one YAML file becomes a running network of Linux network namespaces.
 */
#ifndef NETLAB_NETLAB_H
#define NETLAB_NETLAB_H

#include <netlab/fixture.h>
#include <netlab/lab.h>
#include <netlab/report.h>
#include <netlab/sandbox.h>
#include <netlab/service.h>
#include <netlab/test.h>
#include <netlab/version.h>

#endif
