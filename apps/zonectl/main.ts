#!/usr/bin/env node
/** The command line of zonecast. */
