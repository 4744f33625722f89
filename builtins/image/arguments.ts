import * as z from 'zod';

/** An image that is here. */
export const ImageText = z
  .string()
  .min(1)
  .max(1024)
  .describe('Name of an image that is here, or its digest, of which the first digits suffice.');

/** For whom an image is. */
export const PlatformText = z
  .string()
  .min(1)
  .max(128)
  .nullish()
  .describe('Which of several images is meant: `linux/arm64`, `linux/arm/v7`. Default: that of this machine.');

/** What an image is called here. */
export const NameText = z
  .string()
  .min(1)
  .max(1024)
  .nullish()
  .describe('What it is called here, such as `base` or `example.org/base:1`. Default: what it is called there.');
