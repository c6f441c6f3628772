// The softphone of the page, null where the browser cannot have one.

export const softphone = () => null;
