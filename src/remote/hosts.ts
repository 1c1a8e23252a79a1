/**
 * Lists of hosts that may be asked.
 *
 * @module
 */

/**
 * Whether a URL leads to a host of a list.
 *
 * Entries are `host`, `host:port`, `*.domain` (which is not `domain` itself) or, of S3, `s3://bucket` and `s3://*`.
 * A host without a port stands for the scheme's own port only.
 *
 * @param url As `https://...`, `http://...` or `s3://bucket/key`.
 * @param hosts An empty list allows nothing.
 * @returns False for what is no such URL.
 */
export function isAllowedHost(
  url: string | URL,
  hosts: readonly string[],
): boolean {
  const text = String(url);
  if (text.startsWith("s3://")) {
    const bucket = /^s3:\/\/([^/]*)/.exec(text)?.[1] ?? "";
    return bucket !== "" &&
      hosts.some((entry) => entry === "s3://*" || entry === `s3://${bucket}`);
  }
  if (!URL.canParse(text)) return false;
  const { host, protocol } = new URL(text);
  if (protocol !== "https:" && protocol !== "http:") return false;
  return hosts.some((entry) => isHost(host, entry.toLowerCase()));
}

/** `host` has no port where it is that of the scheme. */
function isHost(host: string, entry: string): boolean {
  return entry.startsWith("*.")
    ? host.endsWith(entry.slice(1)) && host.length > entry.length - 1
    : host === entry;
}
