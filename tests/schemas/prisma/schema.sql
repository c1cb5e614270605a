-- Prisma 5 on MySQL: names in camel case, VARCHAR(191) cuid keys for everything, DATETIME(3) of
-- which the client library fills updatedAt, ENUM, and the table of an implicit many-to-many relation.
SET NAMES utf8mb4;

CREATE TABLE `User` (
  `id` VARCHAR(191) NOT NULL,
  `email` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  UNIQUE INDEX `User_email_key`(`email`),
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Habit` (
  `id` VARCHAR(191) NOT NULL,
  `userId` VARCHAR(191) NOT NULL,
  `title` VARCHAR(191) NOT NULL,
  `description` TEXT NULL,
  `frequency` ENUM('DAILY', 'WEEKLY', 'MONTHLY') NOT NULL DEFAULT 'DAILY',
  `target` INTEGER NOT NULL DEFAULT 1,
  `steps` BIGINT NULL,
  `weight` DOUBLE NULL,
  `cost` DECIMAL(65, 30) NULL,
  `active` BOOLEAN NOT NULL DEFAULT true,
  `meta` JSON NULL,
  `icon` LONGBLOB NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updatedAt` DATETIME(3) NOT NULL,
  INDEX `Habit_userId_idx`(`userId`),
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Entry` (
  `id` VARCHAR(191) NOT NULL,
  `userId` VARCHAR(191) NOT NULL,
  `habitId` VARCHAR(191) NOT NULL,
  `doneAt` DATETIME(3) NOT NULL,
  `note` VARCHAR(191) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_HabitToTag` (
  `A` VARCHAR(191) NOT NULL,
  `B` VARCHAR(191) NOT NULL,
  UNIQUE INDEX `_HabitToTag_AB_unique`(`A`, `B`),
  INDEX `_HabitToTag_B_index`(`B`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_prisma_migrations` (
  `id` varchar(36) NOT NULL,
  `checksum` varchar(64) NOT NULL,
  `finished_at` datetime(3) DEFAULT NULL,
  `migration_name` varchar(255) NOT NULL,
  `logs` text DEFAULT NULL,
  `rolled_back_at` datetime(3) DEFAULT NULL,
  `started_at` datetime(3) NOT NULL DEFAULT current_timestamp(3),
  `applied_steps_count` int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

ALTER TABLE `Habit` ADD CONSTRAINT `Habit_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User`(`id`) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE `Entry` ADD CONSTRAINT `Entry_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User`(`id`) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE `Entry` ADD CONSTRAINT `Entry_habitId_fkey` FOREIGN KEY (`habitId`) REFERENCES `Habit`(`id`) ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO `User` VALUES
  ('clvq0a1b20000alice0000001','alice@example.org','Alice','2024-05-01 12:00:00.123'),
  ('clvq0a1b20000bob000000001','bob@example.org',NULL,'2024-05-01 12:00:00.000');
INSERT INTO `Habit` VALUES
  ('clvq0habit0000000000000a1','clvq0a1b20000alice0000001','Run',NULL,'WEEKLY',3,9007199254740993,71.5,0.1,1,'{"color": "green"}',x'89504E47','2024-05-01 12:00:00.123','2024-05-01 12:00:00.123'),
  ('clvq0habit0000000000000b1','clvq0a1b20000bob000000001','Read','One chapter','DAILY',1,NULL,NULL,NULL,0,NULL,NULL,'2024-05-01 12:00:00.000','2024-05-01 12:00:00.000');
INSERT INTO `Entry` VALUES
  ('clvq0entry0000000000000a1','clvq0a1b20000alice0000001','clvq0habit0000000000000a1','2024-05-02 07:00:00.000','slow','2024-05-02 07:00:01.500'),
  ('clvq0entry0000000000000b1','clvq0a1b20000bob000000001','clvq0habit0000000000000b1','2024-05-02 22:00:00.999',NULL,'2024-05-02 22:00:01.000');
INSERT INTO `_HabitToTag` VALUES ('clvq0habit0000000000000a1','clvq0tag0000000000000001');
INSERT INTO `_prisma_migrations` (id, checksum, migration_name) VALUES ('0d1f7a64-1111-4222-8333-444455556666','abc','20240501120000_init');
