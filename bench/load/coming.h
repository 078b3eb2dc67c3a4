// Clients that come, and come back when they are lost.
#pragma once
#include "client.h"

/** `clients` are `count`. */
void coming_setup(const struct options *options, struct client *clients, int count);
/** Connects those whose time it is. */
void coming_some(void);
/** Whether all are where they should be. */
bool coming_done(void);
/** Whether some are lost who come again. */
bool coming_back(void);
/** Those come who wait to be called. */
void coming_call(void);
void coming_arrived(struct client *client);
void coming_lost(struct client *client, bool was_ready, const char *why);
/** Says that all are there, or there again. */
void coming_tell(void);
