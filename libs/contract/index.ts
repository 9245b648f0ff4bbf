/** Front door of the contract: helpers between messages and domain values. */
export {}
