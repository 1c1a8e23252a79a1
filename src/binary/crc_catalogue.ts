/**
 * The CRCs that have names: those of 16 bits all, of the others the ones met in files and protocols.
 *
 * Names are the catalogue's, but for three that everybody knows by an older one: `crc16-ccitt-false`
 * (CRC-16/IBM-3740), `crc16-x25` (CRC-16/IBM-SDLC) and `crc16-aug-ccitt` (CRC-16/SPI-FUJITSU).
 *
 * @see https://reveng.sourceforge.io/crc-catalogue/all.htm
 * @module
 */
import type { CrcParameters } from "./crc.ts";

/** CRCs of 16 bits. */
export type Crc16Name =
  | "crc16-arc"
  | "crc16-aug-ccitt"
  | "crc16-ccitt-false"
  | "crc16-cdma2000"
  | "crc16-cms"
  | "crc16-dds-110"
  | "crc16-dect-r"
  | "crc16-dect-x"
  | "crc16-dnp"
  | "crc16-en-13757"
  | "crc16-genibus"
  | "crc16-gsm"
  | "crc16-iso-iec-14443-3-a"
  | "crc16-kermit"
  | "crc16-lj1200"
  | "crc16-m17"
  | "crc16-maxim-dow"
  | "crc16-mcrf4xx"
  | "crc16-modbus"
  | "crc16-nrsc-5"
  | "crc16-opensafety-a"
  | "crc16-opensafety-b"
  | "crc16-profibus"
  | "crc16-riello"
  | "crc16-t10-dif"
  | "crc16-teledisk"
  | "crc16-tms37157"
  | "crc16-umts"
  | "crc16-usb"
  | "crc16-x25"
  | "crc16-xmodem";

/** CRCs of 8, 24 and 32 bits. */
export type OtherCrcName =
  | "crc8"
  | "crc8-autosar"
  | "crc8-bluetooth"
  | "crc8-cdma2000"
  | "crc8-darc"
  | "crc8-dvb-s2"
  | "crc8-i-432-1"
  | "crc8-maxim-dow"
  | "crc8-rohc"
  | "crc8-sae-j1850"
  | "crc24"
  | "crc24-ble"
  | "crc32"
  | "crc32-autosar"
  | "crc32-bzip2"
  | "crc32-cksum"
  | "crc32-jamcrc"
  | "crc32-mpeg-2"
  | "crc32-xfer"
  | "crc32c";

/** Parameters of the CRCs of 16 bits. */
export const CRC16_PARAMETERS: Readonly<Record<Crc16Name, CrcParameters>> = {
  "crc16-arc": reflected(16, 0x8005, 0x0000, 0x0000),
  "crc16-aug-ccitt": plain(16, 0x1021, 0x1d0f, 0x0000),
  "crc16-ccitt-false": plain(16, 0x1021, 0xffff, 0x0000),
  "crc16-cdma2000": plain(16, 0xc867, 0xffff, 0x0000),
  "crc16-cms": plain(16, 0x8005, 0xffff, 0x0000),
  "crc16-dds-110": plain(16, 0x8005, 0x800d, 0x0000),
  "crc16-dect-r": plain(16, 0x0589, 0x0000, 0x0001),
  "crc16-dect-x": plain(16, 0x0589, 0x0000, 0x0000),
  "crc16-dnp": reflected(16, 0x3d65, 0x0000, 0xffff),
  "crc16-en-13757": plain(16, 0x3d65, 0x0000, 0xffff),
  "crc16-genibus": plain(16, 0x1021, 0xffff, 0xffff),
  "crc16-gsm": plain(16, 0x1021, 0x0000, 0xffff),
  "crc16-iso-iec-14443-3-a": reflected(16, 0x1021, 0xc6c6, 0x0000),
  "crc16-kermit": reflected(16, 0x1021, 0x0000, 0x0000),
  "crc16-lj1200": plain(16, 0x6f63, 0x0000, 0x0000),
  "crc16-m17": plain(16, 0x5935, 0xffff, 0x0000),
  "crc16-maxim-dow": reflected(16, 0x8005, 0x0000, 0xffff),
  "crc16-mcrf4xx": reflected(16, 0x1021, 0xffff, 0x0000),
  "crc16-modbus": reflected(16, 0x8005, 0xffff, 0x0000),
  "crc16-nrsc-5": reflected(16, 0x080b, 0xffff, 0x0000),
  "crc16-opensafety-a": plain(16, 0x5935, 0x0000, 0x0000),
  "crc16-opensafety-b": plain(16, 0x755b, 0x0000, 0x0000),
  "crc16-profibus": plain(16, 0x1dcf, 0xffff, 0xffff),
  "crc16-riello": reflected(16, 0x1021, 0xb2aa, 0x0000),
  "crc16-t10-dif": plain(16, 0x8bb7, 0x0000, 0x0000),
  "crc16-teledisk": plain(16, 0xa097, 0x0000, 0x0000),
  "crc16-tms37157": reflected(16, 0x1021, 0x89ec, 0x0000),
  "crc16-umts": plain(16, 0x8005, 0x0000, 0x0000),
  "crc16-usb": reflected(16, 0x8005, 0xffff, 0xffff),
  "crc16-x25": reflected(16, 0x1021, 0xffff, 0xffff),
  "crc16-xmodem": plain(16, 0x1021, 0x0000, 0x0000),
};

/** Parameters of the CRCs of 8, 24 and 32 bits. */
export const OTHER_CRC_PARAMETERS: Readonly<
  Record<OtherCrcName, CrcParameters>
> = {
  "crc8": plain(8, 0x07, 0x00, 0x00),
  "crc8-autosar": plain(8, 0x2f, 0xff, 0xff),
  "crc8-bluetooth": reflected(8, 0xa7, 0x00, 0x00),
  "crc8-cdma2000": plain(8, 0x9b, 0xff, 0x00),
  "crc8-darc": reflected(8, 0x39, 0x00, 0x00),
  "crc8-dvb-s2": plain(8, 0xd5, 0x00, 0x00),
  "crc8-i-432-1": plain(8, 0x07, 0x00, 0x55),
  "crc8-maxim-dow": reflected(8, 0x31, 0x00, 0x00),
  "crc8-rohc": reflected(8, 0x07, 0xff, 0x00),
  "crc8-sae-j1850": plain(8, 0x1d, 0xff, 0xff),
  "crc24": plain(24, 0x864cfb, 0xb704ce, 0x000000),
  "crc24-ble": reflected(24, 0x00065b, 0x555555, 0x000000),
  "crc32": reflected(32, 0x04c11db7, 0xffffffff, 0xffffffff),
  "crc32-autosar": reflected(32, 0xf4acfb13, 0xffffffff, 0xffffffff),
  "crc32-bzip2": plain(32, 0x04c11db7, 0xffffffff, 0xffffffff),
  "crc32-cksum": plain(32, 0x04c11db7, 0x00000000, 0xffffffff),
  "crc32-jamcrc": reflected(32, 0x04c11db7, 0xffffffff, 0x00000000),
  "crc32-mpeg-2": plain(32, 0x04c11db7, 0xffffffff, 0x00000000),
  "crc32-xfer": plain(32, 0x000000af, 0x00000000, 0x00000000),
  "crc32c": reflected(32, 0x1edc6f41, 0xffffffff, 0xffffffff),
};

function plain(
  width: number,
  polynomial: number,
  initial: number,
  xorOut: number,
): CrcParameters {
  return { width, polynomial, initial, xorOut };
}

function reflected(
  width: number,
  polynomial: number,
  initial: number,
  xorOut: number,
): CrcParameters {
  return { width, polynomial, initial, reflectIn: true, xorOut };
}
