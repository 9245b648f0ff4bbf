/** Stands in the index of names for a version that touched more than are listed there. No name is empty. */
export const wholeZone = new Uint8Array()
