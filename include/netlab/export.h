/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Marks what the library exports; everything else is hidden.
 */
#ifndef NETLAB_EXPORT_H
#define NETLAB_EXPORT_H

#if defined(__GNUC__)
#define NETLAB_API __attribute__((visibility("default")))
#else
#define NETLAB_API
#endif

#endif
